  // Numbers: noise, and integers as the array's words.

  reg [31:0] noise_q = 32'h2545_f491;

  function [31:0] draw;
    input unused;
    begin
      noise_q = noise_q ^ (noise_q << 13);
      noise_q = noise_q ^ (noise_q >> 17);
      noise_q = noise_q ^ (noise_q << 5);
      draw = noise_q;
    end
  endfunction

  // A random number from 0 to limit - 1.
  function integer below;
    input integer limit;
    reg [31:0] bits;
    begin
      bits = draw(1'b0);
      below = $signed({8'd0, bits[31:8]}) % limit;
    end
  endfunction

  // One time in so many.
  function one_in;
    input integer times;
    begin
      one_in = below(times) == 0;
    end
  endfunction

  // What the array must not look at.
  function [63:0] noise;
    input unused;
    reg [31:0] high;
    begin
      high = draw(1'b0);
      noise = {high, draw(1'b0)};
      if (unknown) noise = {64{1'bx}};
    end
  endfunction

//: if float
  // The f32 of value * 2^scale; exact, because |value| < 2^24.
  function [31:0] float;
    input signed [ACC-1:0] value;
    input integer scale;
    reg [ACC-1:0] magnitude;
    integer exponent;
    begin
      magnitude = (value < 0) ? $unsigned(-value) : $unsigned(value);
      exponent = 127 + 23 + scale;
      if (magnitude == 0) begin
        float = 32'd0;
      end else begin
        while (!magnitude[23]) begin
          magnitude = magnitude << 1;
          exponent = exponent - 1;
        end
        float = {value < 0, exponent[7:0], magnitude[22:0]};
      end
    end
  endfunction

//: end
//: if float
  // An operand as the array takes it: a bf16 is the upper half of an f32.
  function [WORD-1:0] half;
    input [VALUE-1:0] value;
    input integer scale;
    reg [31:0] full;
    begin
      full = float($signed({{(ACC-VALUE){value[VALUE-1]}}, value}), scale);
      half = full[31:16];
    end
  endfunction

//: end
  // An activation, and a weight, as the array takes it.
  function [WORD-1:0] act_word;
    input [VALUE-1:0] value;
    begin
//: if float
      act_word = half(value, a_scale);
//: else
      act_word = value;
//: end
    end
  endfunction

  function [WORD-1:0] weight_word;
    input [VALUE-1:0] value;
    begin
//: if float
      weight_word = half(value, w_scale);
//: else
      weight_word = value;
//: end
    end
  endfunction

  // A sum as the array gives it.
  function [ACC-1:0] sum;
    input [ACC-1:0] value;
    begin
//: if float
      sum = float($signed(value), a_scale + w_scale);
//: else
      sum = value;
//: end
    end
  endfunction

  // A random operand, as an integer: often an end of the range, or next to zero.
  function [VALUE-1:0] operand;
    input unused;
    reg [31:0] bits;
    begin
      bits = draw(1'b0);
      case (bits[31:28])
        4'd0, 4'd1, 4'd2: operand = {1'b1, {(VALUE-1){1'b0}}};
        4'd3: operand = {1'b0, {(VALUE-1){1'b1}}};
        4'd4: operand = {VALUE{1'b1}};
        4'd5: operand = {VALUE{1'b0}};
        default: operand = bits[VALUE-1:0];
      endcase
    end
  endfunction

  // A random seed, as an integer.
  function [ACC-1:0] seed;
    input unused;
    reg [31:0] high, low;
    reg [63:0] bits;
    begin
      high = draw(1'b0);
      low = draw(1'b0);
      bits = {high, low};
      seed = {{(ACC-SEED){bits[SEED-1]}}, bits[SEED-1:0]};
//: if int
      // A step away from overflow, now and then.
      if (extreme && bits[60]) seed = {bits[61], {(ACC-5){!bits[61]}}, bits[3:0]};
//: end
    end
  endfunction

  // One step of a sum, as an integer.
  reg [ACC-1:0] acc;
  reg overflowed;

  task step;
    input [VALUE-1:0] a;
    input [VALUE-1:0] b;
    reg signed [2*VALUE-1:0] product;
    reg signed [ACC:0] total;
    begin
      product = $signed(a) * $signed(b);
      total = $signed({{(ACC+1-2*VALUE){product[2*VALUE-1]}}, product});
      total = total + $signed({acc[ACC-1], acc});
      overflowed = total[ACC] != total[ACC-1];
//: if saturate
      if (overflowed) total = $signed({total[ACC], total[ACC], {(ACC-1){!total[ACC]}}});
//: end
      acc = total[ACC-1:0];
    end
  endtask

