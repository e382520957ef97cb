// inside: heddle_pe
// The registers of a PE that a mask has switched off do not change. f_* are what the cycle
// before saw; each condition is of one cycle, so that it holds in whatever order masked and
// other cycles come.
`ifdef CLEARED
  `define CLEARS 1'b1
`else
  `define CLEARS 1'b0
`endif
`ifdef EARLY
  `define FIRST early_q
`else
  `define FIRST product_q
`endif
`ifdef INNER
  // A product enters the first register behind the multiplier's own, which hold otherwise; see
  // gated_multiplier.sv.
  wire f_into_first = product_mac_q;  // the lowest bit, of the first stage
  always @* if (!(mac_q & on_q)) assert (!@PORT:u_mul.en_i@);
`else
  wire f_into_first = mac_q & on_q;
`endif
  reg f_ok = 0;
  reg f_mac, f_enters, f_works, f_swap, f_word, f_busy;
  reg [@BITS:^act_q@-1:0] f_act;
  reg [@BITS:^product_q$@-1:0] f_first;
  reg [@BITS:^(early|product)_q$@-1:0] f_product;
  reg [@BITS:^(weight|on)_q@-1:0] f_weight;
  reg [@BITS:^(next|pass)_(keep_)?q@-1:0] f_next;
  // The way to the row below is a line that moves with each cycle; it is left out of `f_all`.
  reg [@BITS:^([^d]|d[^o])@-1:0] f_all;
  always @(posedge clk_i) begin
    f_ok <= rst_ni;
    f_mac <= mac_i;
    f_enters <= f_into_first;
    f_works <= |{mac_q & on_q@, REGISTERS:^product_mac@};
    f_swap <= swap_i;
    f_word <= north_valid_i | west_valid_i;
    // What follows the last product of a tile, or clears it, is still on its way.
    f_busy <= |{mac_i, swap_i, north_valid_i, west_valid_i, mac_q, swap_q, pass_east_q,
                pass_valid_q@, REGISTERS:^product_mac@}
              | (|{on_q@, REGISTERS:^product_on@} & !(&{on_q@, REGISTERS:^product_on@}))
              | (`CLEARS & !on_q & |{@REGISTERS:^(early|product)_q$@});
    f_act <= {@REGISTERS:^act_q@};
    f_first <= {`FIRST};
    f_product <= {@REGISTERS:^(early|product)_q$@};
    f_weight <= {@REGISTERS:^(weight|on)_q@};
    f_next <= {@REGISTERS:^(next|pass)_(keep_)?q@};
    f_all <= {@REGISTERS:^([^d]|d[^o])@};
    if (f_ok) begin
      // Dropped row or beat: the activation stays.
      if (!f_mac) assert ({@REGISTERS:^act_q@} == f_act);
      // No kept weight, dropped row or beat: the multiplier's registers stay. An integer's
      // last one may become zero instead, and then stays: no bit of it rises.
      if (!f_enters)
        assert ({`FIRST} == f_first | (`CLEARS & {`FIRST} == 0));
      if (!f_works) assert ({@REGISTERS:^(early|product)_q$@} == f_product
        | (`CLEARS & ({@REGISTERS:^(early|product)_q$@} & ~f_product) == 0));
      // The weight at work and whether there is one change with a tile only.
      if (!f_swap) assert ({@REGISTERS:^(weight|on)_q@} == f_weight);
      // Dropped column (top) or row (left): no word comes, and the next weight stays.
      if (!f_word) assert ({@REGISTERS:^(next|pass)_(keep_)?q@} == f_next);
      // All together: nothing changes at all.
      if (!f_busy) assert ({@REGISTERS:^([^d]|d[^o])@} == f_all);
    end
  end
