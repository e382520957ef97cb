  // Jobs: drawn, written into memory, and done there as a plain product.

  localparam NT = 1, TN = 2; // layouts, NN is 0
  localparam DENSE = 0; // gated is 1, packed 2
  localparam ZERO = 0, IN_PLACE = 1, BIAS = 2, ELSEWHERE = 3;

  integer cursor = 0; // where the next operand may lie
  integer chains = 0; // drawn so far
  // The job. Those of a chain share layout, policy, M, N, the mask of n, where sums start and end.
  integer layout = 0, policy = 0, start = 0, panel = 0, sums_at = 0;
  integer m = 0, k = 0, n = 0;
  reg resume = 1'b0, stay = 1'b0, keep_a = 1'b0, irq = 1'b0;
  reg [15:0] tag = 16'd0;
  reg mask_m = 1'b0, mask_k = 1'b0, mask_n = 1'b0;
  reg [DIM-1:0] keep_m, keep_k, keep_n; // all ones without a mask
  integer m_mask = 0, k_mask = 0, n_mask = 0;
  integer a_at = 0, b_at = 0, c_at = 0, c0_at = 0;
  integer a_stride = 0, b_stride = 0, c_stride = 0, c0_stride = 0;
  reg [VALUE-1:0] a_values [0:DIM*DIM-1]; // A[m][k]
  reg [VALUE-1:0] b_values [0:DIM*DIM-1]; // B[k][n]
  reg [ACC-1:0] sums [0:DIM*DIM-1]; // C[m][n]
  integer macs = 0; // of the round
  reg overflow_due = 1'b0, overflow_seen = 1'b0; // likewise

  function integer tiles;
    input integer of;
    input integer size;
    begin
      tiles = (of + size - 1) / size;
    end
  endfunction

  // Whether the job fits into the buffers, and is no longer than it may be.
  function fits;
    input unused;
    integer words, slots;
    begin
      words = (layout == TN) ? k * tiles(m, ROWS) : m * tiles(k, ROWS);
      slots = 0;
      if (layout == NT) slots = (panel == 0 || panel*COLS > n) ? n : panel*COLS;
      if (layout == TN) slots = k * tiles(n, SLOT_WORDS*COLS);
      fits = words <= A_WORDS && slots <= B_SLOTS
        && (m + 1) * tiles(n, COLS) <= SUM_WORDS && m*k*n <= WORK;
    end
  endfunction

  // Room for so many bytes.
  function integer place;
    input integer bytes;
    input integer align;
    begin
      cursor = cursor + below(BUS + 1);
      cursor = align * tiles(cursor, align);
      place = cursor;
      cursor = cursor + bytes;
    end
  endfunction

  // The distance of rows of so many elements.
  function integer stride;
    input integer elements;
    input integer bytes;
    begin
      stride = elements*bytes + below(PAD + 1)*OPERAND;
    end
  endfunction

  function [DIM-1:0] draw_mask;
    input unused;
    integer density, i;
    begin
      draw_mask = {DIM{1'b0}};
      density = below(8);
      for (i = 0; i < DIM; i = i + 1) draw_mask[i] = (density < 6) ? one_in(2) : density == 7;
    end
  endfunction

  function integer kept;
    input [DIM-1:0] mask;
    input integer size;
    integer i;
    begin
      kept = 0;
      for (i = 0; i < size; i = i + 1) if (mask[i]) kept = kept + 1;
    end
  endfunction

  // Writes into memory before the engine looks at it.
  task poke;
    input integer at;
    input integer bytes;
    input [63:0] value;
    integer i;
    begin
      for (i = 0; i < bytes; i = i + 1) begin
        memory[at + i] = value[8*i +: 8];
        wanted[at + i] = value[8*i +: 8];
      end
    end
  endtask

  // A mask; what lies beyond the dimension stays noise.
  task poke_mask;
    input integer at;
    input [DIM-1:0] mask;
    input integer size;
    integer i;
    begin
      for (i = 0; i < size; i = i + 1) begin
        memory[at + i/8][i%8] = mask[i];
        wanted[at + i/8][i%8] = mask[i];
      end
    end
  endtask

  // A sum in memory, extended by its sign.
  function [63:0] stored;
    input [ACC-1:0] value;
    reg [ACC-1:0] word;
    integer i;
    begin
      stored = 64'd0;
      word = sum(value);
      for (i = 0; i < 64; i = i + 1) stored[i] = word[(i < ACC) ? i : ACC - 1];
    end
  endfunction

  // Where an element lies.
  function integer a_place;
    input integer row;
    input integer col;
    begin
      a_place = a_at + ((layout == TN) ? col*a_stride + row*OPERAND : row*a_stride + col*OPERAND);
    end
  endfunction

  function integer b_place;
    input integer row;
    input integer col;
    begin
      b_place = b_at + ((layout == NT) ? col*b_stride + row*OPERAND : row*b_stride + col*OPERAND);
    end
  endfunction

  // A chain's layout, policy, size, C0 and C.
  task draw_chain;
    input plain; // neither masks nor C0
    integer most, i, j;
    reg [ACC-1:0] value;
    begin
@LAYOUTS@
      chains = chains + 1;
      policy = plain ? DENSE : below(3);
      mask_n = !plain && one_in(2);
      keep_n = mask_n ? draw_mask(1'b0) : {DIM{1'b1}};
      start = plain ? ZERO : below(4);
      // What cannot be copied: see COPY.
      if (policy != DENSE && mask_n && start >= BIAS) start = IN_PLACE;
      most = DIM;
      m = 0;
      while (m == 0 || !fits(1'b0)) begin
        m = 1 + below(most);
        k = 1 + below(most);
        n = 1 + below(most);
        panel = (layout == NT && one_in(2)) ? 1 + below(tiles(n, COLS)) : 0;
        if (most > 2 && one_in(2)) most = most - 1 - most/8;
      end
      sums_at = below(SUM_WORDS - (m + 1) * tiles(n, COLS) + 1);
//: if float
      a_scale = below(17) - 8;
      w_scale = below(17) - 8;
//: end
      c_stride = stride(n, SUM);
      c_at = place(m*c_stride, OPERAND);
      c0_at = c_at;
      c0_stride = c_stride;
      if (start >= BIAS) begin
        c0_stride = (start == BIAS) ? 0 : stride(n, SUM);
        c0_at = place(n*SUM + (m - 1)*c0_stride, OPERAND);
      end
      if (mask_n) n_mask = place(MASK, MASK);
      if (mask_n) poke_mask(n_mask, keep_n, n);
      value = {ACC{1'b0}};
      for (i = 0; i < m; i = i + 1) begin
        for (j = 0; j < n; j = j + 1) begin
          if (start != ZERO) value = seed(1'b0);
          if (start == BIAS && i > 0) value = sums[j];
          sums[i*DIM + j] = value;
          if (start != ZERO && (i == 0 || start != BIAS))
            poke(c0_at + i*c0_stride + j*SUM, SUM, stored(value));
        end
      end
    end
  endtask

  // What the job has of its own: K, masks of m and k, A and B.
  task draw_operands;
    input plain;
    integer i, j;
    begin
      keep_a = resume && one_in(4);
      if (!keep_a) begin
        if (resume) k = 1 + below(k);
        // In a chain mostly: its rows differ from job to job.
        mask_m = !plain && (one_in(2) || (resume && one_in(2)));
        // What cannot be copied: see COPY.
        if (policy != DENSE && start == ELSEWHERE) mask_m = 1'b0;
        mask_k = !plain && one_in(2);
        keep_m = mask_m ? draw_mask(1'b0) : {DIM{1'b1}};
        keep_k = mask_k ? draw_mask(1'b0) : {DIM{1'b1}};
        if (mask_m) m_mask = place(MASK, MASK);
        if (mask_m) poke_mask(m_mask, keep_m, m);
        if (mask_k) k_mask = place(MASK, MASK);
        if (mask_k) poke_mask(k_mask, keep_k, k);
        a_stride = stride((layout == TN) ? m : k, OPERAND);
        a_at = place(a_stride * ((layout == TN) ? k : m), OPERAND);
        for (i = 0; i < m; i = i + 1) begin
          for (j = 0; j < k; j = j + 1) begin
            a_values[i*DIM + j] = operand(1'b0);
            poke(a_place(i, j), OPERAND, {{(64-WORD){1'b0}}, act_word(a_values[i*DIM + j])});
          end
        end
      end
      b_stride = stride((layout == NT) ? k : n, OPERAND);
      b_at = place(b_stride * ((layout == NT) ? n : k), OPERAND);
      for (i = 0; i < k; i = i + 1) begin
        for (j = 0; j < n; j = j + 1) begin
          b_values[i*DIM + j] = operand(1'b0);
          poke(b_place(i, j), OPERAND, {{(64-WORD){1'b0}}, weight_word(b_values[i*DIM + j])});
        end
      end
    end
  endtask

  // The product: kept steps in increasing k.
  task multiply;
    integer i, j, l;
    begin
      for (i = 0; i < m; i = i + 1) begin
        for (j = 0; j < n; j = j + 1) begin
          acc = sums[i*DIM + j];
          if (keep_m[i] && keep_n[j]) begin
            for (l = 0; l < k; l = l + 1) begin
              if (keep_k[l]) begin
                step(a_values[i*DIM + l], b_values[l*DIM + j]);
//: if int
                overflow_due = overflow_due || overflowed;
//: end
              end
            end
          end
          sums[i*DIM + j] = acc;
          if (!stay) begin
            for (l = 0; l < SUM; l = l + 1)
              wanted[c_at + i*c_stride + j*SUM + l] = stored_byte(acc, l);
            compared = compared + 1;
          end
        end
      end
      if (policy == DENSE) macs = macs + m*k*n;
      else macs = macs + kept(keep_m, m) * kept(keep_k, k) * kept(keep_n, n);
    end
  endtask

  function [7:0] stored_byte;
    input [ACC-1:0] value;
    input integer byte_index;
    reg [63:0] word;
    begin
      word = stored(value);
      stored_byte = word[8*byte_index +: 8];
    end
  endfunction

  // An address in memory.
  function [63:0] address;
    input integer at;
    begin
      address = {{(64-ADDR){1'b0}}, BASE} + {32'd0, at};
    end
  endfunction

  // Writes the descriptor at a place of the ring.
  task write_descriptor;
    input integer number;
    reg [8*@DESCRIPTOR@-1:0] d;
    integer i;
    begin
      d = {(8*@DESCRIPTOR@){1'b0}};
      d[D_LAYOUT +: 2] = layout[1:0];
      d[D_POLICY +: 2] = policy[1:0];
      d[D_C0] = start != ZERO;
      d[D_RESUME] = resume;
      d[D_STAY] = stay;
      d[D_IRQ] = irq;
      d[D_FENCE] = one_in(4);
      d[D_KEEP_A] = keep_a;
      d[D_MASK_M] = mask_m;
      d[D_MASK_K] = mask_k;
      d[D_MASK_N] = mask_n;
      d[D_TAG +: 16] = tag;
      d[D_M +: 16] = m[15:0];
      d[D_K +: 16] = k[15:0];
      d[D_N +: 16] = n[15:0];
      d[D_PANEL +: 16] = panel[15:0];
      d[D_SUMS +: 16] = sums_at[15:0];
      d[D_A +: 64] = address(a_at);
      d[D_B +: 64] = address(b_at);
      d[D_C0_BASE +: 64] = address(c0_at);
      d[D_C +: 64] = address(c_at);
      d[D_A_STRIDE +: 32] = $unsigned(a_stride);
      d[D_B_STRIDE +: 32] = $unsigned(b_stride);
      d[D_C0_STRIDE +: 32] = $unsigned(c0_stride);
      d[D_C_STRIDE +: 32] = $unsigned(c_stride);
      d[D_M_MASK +: 64] = address(mask_m ? m_mask : 0);
      d[D_K_MASK +: 64] = address(mask_k ? k_mask : 0);
      d[D_N_MASK +: 64] = address(mask_n ? n_mask : 0);
      for (i = 0; i < @DESCRIPTOR@; i = i + 1)
        poke(@DESCRIPTOR@*(number % JOBS) + i, 1, {56'd0, d[8*i +: 8]});
    end
  endtask

