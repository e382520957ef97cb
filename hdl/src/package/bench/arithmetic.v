  // Numbers: noise, and integers as the array's words.

  reg [31:0] noise_q = 32'h2545_f491;

  // A random number below `below`, or of 32 bits if that is 0.
  function [31:0] random;
    input [31:0] below;
    begin
      noise_q = noise_q ^ (noise_q << 13);
      noise_q = noise_q ^ (noise_q >> 17);
      noise_q = noise_q ^ (noise_q << 5);
      random = (below == 0) ? noise_q : (noise_q >> 8) % below;
    end
  endfunction

  function [63:0] noise;
    input unused;
    reg [31:0] high;
    begin
      high = random(0);
      noise = {high, random(0)};
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
      magnitude = (value < 0) ? -value : value;
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
  // An operand as the array takes it.
  function [WORD-1:0] word;
    input signed [VALUE-1:0] value;
    input integer scale;
//: if float
    reg [31:0] wide;
    begin
      wide = float({{(ACC-VALUE){value[VALUE-1]}}, value}, scale);
      word = wide[31:16];
    end
//: else
    begin
      word = value;
    end
//: end
  endfunction

  // A sum as the array gives it.
  function [ACC-1:0] sum;
    input signed [ACC-1:0] value;
    begin
//: if float
      sum = float(value, a_scale + w_scale);
//: else
      sum = value;
//: end
    end
  endfunction

  // A seed, as an integer.
  function [ACC-1:0] seed;
    input unused;
    reg [63:0] bits;
    begin
      bits = noise(1'b0);
      seed = {{(ACC-SEED){bits[SEED-1]}}, bits[SEED-1:0]};
//: if int
      // A step away from overflow, now and then.
      if (extreme && bits[60]) seed = {bits[61], {(ACC-5){!bits[61]}}, bits[3:0]};
//: end
    end
  endfunction

  // One step of a sum, as an integer.
  reg signed [ACC-1:0] acc;
  reg overflowed;

  task step;
    input signed [VALUE-1:0] a;
    input signed [VALUE-1:0] b;
    reg signed [2*VALUE-1:0] product;
    reg signed [ACC:0] total;
    begin
      product = a * b;
      total = acc + product;
      overflowed = total[ACC] != total[ACC-1];
//: if saturate
      if (overflowed) total = total[ACC] ? {2'b11, {(ACC-1){1'b0}}} : {2'b00, {(ACC-1){1'b1}}};
//: end
      acc = total[ACC-1:0];
    end
  endtask

