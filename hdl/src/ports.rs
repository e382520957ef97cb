//! The ports' names, and what each means in whatever module it appears: the one table
//! of names, from which the headers of the Verilog and the manifest are filled.
//!
//! A block may say something more precise of a port of its own, by a
//! `heddle:port` comment (see [`emit`](crate::emit)).

const PORTS: &[(&str, &str)] = &[
    // Every clocked module.
    ("clk_i", "clock"),
    (
        "rst_ni",
        "reset, active low, held for one rising edge or more",
    ),
    ("test_en_i", "all clock gates transparent, for scan test"),
    ("en_i", "low freezes every register"),
    ("clear_i", "zeroes counters and sticky flags"),
    // The array's edge: weights.
    ("w_valid_i", "a beat of weights is offered"),
    ("w_ready_o", "it is accepted"),
    (
        "w_edge_i",
        "0: from the top, one row k; 1: from the left, one column n",
    ),
    ("w_last_i", "last beat of the tile's weights"),
    ("w_keep_i", "this row k (top) or column n (left) is kept"),
    ("w_top_i", "words of the row"),
    ("w_left_i", "words of the column"),
    (
        "row_keep_i",
        "kept rows of the tile, held during all of its weight beats",
    ),
    ("col_keep_i", "kept columns, likewise"),
    // The array's edge: activations, seeds, sums.
    ("a_valid_i", "a beat, one m, is offered"),
    ("a_ready_o", "it is accepted"),
    (
        "a_first_i",
        "first beat of a tile: weights and masks swap with it",
    ),
    ("a_keep_i", "the m of the beat is kept"),
    ("a_i", "activations, by row"),
    ("c_i", "seeds, by column"),
    (
        "s_valid_o",
        "the sums of a beat leave, in the order of the beats",
    ),
    (
        "s_keep_o",
        "column and m are kept; else the sum is unspecified",
    ),
    ("s_o", "sums, by column"),
    // The array's edge: output-stationary tiles.
    (
        "w_os_i",
        "the words are row k of B of an output-stationary tile: every row takes them",
    ),
    ("a_os_i", "the beat is column k of A of such a tile"),
    ("a_flush_i", "no beat, but the end of such a tile"),
    (
        "x_valid_i",
        "an exchange is offered: seeds for a row in c_i, and its sums leave",
    ),
    ("x_ready_o", "it is accepted"),
    ("x_last_i", "last row of the group"),
    ("x_keep_i", "kept seeds, by column"),
    // Flags and counters.
    ("wait_o", "sticky: a first beat had to wait for its weights"),
    (
        "cycles_o",
        "cycles from the first weights accepted to the last sums",
    ),
    ("macs_o", "useful multiply-accumulates: kept m, k and n"),
    (
        "gated_o",
        "PE-cycles of accepted beats that were not useful",
    ),
    ("dropped_o", "accepted beats whose m was dropped"),
    // What the control tells the edges and the counters.
    ("load_i", "a beat of weights is accepted"),
    ("load_o", "a beat of weights is accepted"),
    ("beat_i", "a beat of activations is accepted"),
    ("beat_o", "a beat of activations is accepted"),
    ("sum_valid_i", "the sums of a beat leave"),
    (
        "north_valid_o",
        "weight words enter from the top, by column",
    ),
    ("west_valid_o", "weight words enter from the left, by row"),
    ("fire_o", "an output-stationary beat or flush is accepted"),
    ("fire_i", "an output-stationary beat or flush is accepted"),
    ("slot_o", "seeds enter, with a beat or an exchange"),
    ("slot_keep_o", "the m of their beat is kept"),
    (
        "turn_ready_i",
        "phase and seeds admit an output-stationary beat",
    ),
    ("ready_o", "phase and seeds admit an output-stationary beat"),
    ("busy_i", "output-stationary tiles are at work"),
    ("busy_o", "output-stationary tiles are at work"),
    ("exchange_i", "an exchange is accepted"),
    ("exchange_o", "an exchange is accepted"),
    ("ws_i", "a weight-stationary beat is offered"),
    ("first_i", "the beat offered is the first of its tile"),
    ("flush_i", "it is the end of a tile"),
    ("phase_i", "counts the phases"),
    ("phase_o", "counts the phases"),
    ("share_i", "the words are for every row"),
    ("share_o", "the words are for every row, skewed"),
    // The edges: what they skew.
    ("word_i", "weight words of one beat"),
    ("word_o", "weight words, skewed"),
    ("valid_i", "there are weight words, by lane"),
    ("valid_o", "valid, skewed or deskewed with its data"),
    ("keep_i", "the beat's row, column or m is kept"),
    ("keep_o", "kept, skewed or deskewed with its data"),
    // The mesh: what travels with the wave.
    ("act_i", "activation, from the west"),
    ("act_o", "activation, to the east"),
    ("mac_i", "it counts: its m and its row are kept"),
    ("mac_o", "it counts: its m and its row are kept"),
    (
        "swap_i",
        "first beat of a tile: the waiting weight goes to work",
    ),
    (
        "swap_o",
        "first beat of a tile: the waiting weight goes to work",
    ),
    ("north_i", "weight word, from the north"),
    ("north_keep_i", "it is kept"),
    ("north_valid_i", "there is one"),
    ("west_i", "weight word, from the west"),
    ("west_keep_i", "it is kept"),
    ("west_valid_i", "there is one"),
    ("south_o", "weight word, to the south"),
    ("south_keep_o", "it is kept"),
    ("south_valid_o", "there is one"),
    ("east_o", "weight word, to the east"),
    ("east_keep_o", "it is kept"),
    ("east_valid_o", "there is one"),
    ("north_share_i", "it is for every row"),
    ("south_share_o", "it is for every row"),
    ("turn_i", "held seeds and sums of the ring change places"),
    ("turn_o", "held seeds and sums of the ring change places"),
    (
        "exch_i",
        "the row's held words and those on their way change places",
    ),
    (
        "exch_o",
        "the row's held words and those on their way change places",
    ),
    (
        "ring_i",
        "output-stationary tiles are at work: sums go round",
    ),
    (
        "ring_o",
        "output-stationary tiles are at work: sums go round",
    ),
    ("spin_i", "the adder takes its own output"),
    ("spin_o", "the adder takes its own output"),
    ("seed_i", "the adder takes the held word"),
    ("seed_o", "the adder takes the held word"),
    ("acc_i", "what comes out of the adder"),
    ("acc_live_i", "it is live"),
    ("acc_ovf_i", "it overflowed"),
    ("acc_o", "what goes into the adder"),
    ("acc_live_o", "it is live"),
    ("acc_ovf_o", "it overflowed"),
    ("sum_i", "partial sum"),
    ("live_i", "it is of a beat and a kept column"),
    ("ovf_i", "it overflowed further up"),
    ("sum_o", "partial sum"),
    ("live_o", "it is of a beat and a kept column"),
    ("ovf_o", "a kept sum overflowed"),
    // Arithmetic.
    ("weight_i", "weight"),
    ("product_i", "product, exact"),
    ("product_o", "product, exact"),
    ("anchor_i", "magnitude with the higher exponent"),
    ("anchor_o", "magnitude with the higher exponent"),
    ("other_i", "the other one"),
    ("other_o", "the other one"),
    ("comparison_i", "distance, exponent, signs and specials"),
    ("comparison_o", "distance, exponent, signs and specials"),
    (
        "addend_i",
        "the other one, on the anchor's exponent, a sticky bit below; complemented to subtract",
    ),
    (
        "addend_o",
        "the other one, on the anchor's exponent, a sticky bit below; complemented to subtract",
    ),
    ("alignment_i", "exponent, signs and specials"),
    ("alignment_o", "exponent, signs and specials"),
    ("total_i", "sum before normalization"),
    ("total_o", "sum before normalization"),
    ("counted_i", "sum and how far to shift it left"),
    ("counted_o", "sum and how far to shift it left"),
    ("normal_i", "sum, normalized but for three places at most"),
    ("normal_o", "sum, normalized but for three places at most"),
];

/// What the port `name` is for; `None` if the table does not have it.
pub(crate) fn purpose(name: &str) -> Option<&'static str> {
    let found = PORTS.iter().find(|(port, _)| *port == name);
    found.map(|(_, purpose)| *purpose)
}
