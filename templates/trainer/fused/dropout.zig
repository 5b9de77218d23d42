//! Dropout: while a network trains, a share of the values that a layer reads is left out, and the
//! others grow by as much.

const simd = @import("simd.zig");
const Layer = @import("layer.zig").Layer;

/// Sequences of random numbers, side by side (xorshift).
pub const sequences = simd.lanes;
const Numbers = @Vector(sequences, u32);

/// Leave some of a layer's inputs out.
pub fn forward(layer: *const Layer, count: usize, random: *[sequences]u32) void {
    if (layer.dropout == 0) return;
    const scale: simd.Vector = @splat(1 / (1 - layer.dropout));
    // The upper 24 bits are as many as a float holds.
    const least: simd.Vector = @splat(layer.dropout * (1 << 24));
    var numbers: Numbers = random.*;
    var i: usize = 0;
    while (i < count * layer.input.image) : (i += simd.lanes) {
        numbers ^= numbers << @splat(13);
        numbers ^= numbers >> @splat(17);
        numbers ^= numbers << @splat(5);
        const drawn: simd.Vector = @floatFromInt(numbers >> @splat(8));
        const values = simd.load(layer.input.values + i, 0) * scale;
        simd.store(layer.input.values + i, 0, @select(f32, drawn >= least, values, simd.zero));
    }
    random.* = numbers;
}

/// What was left out has no gradient. It is 0 now; and what was 0 before had none behind its ReLU.
pub fn backward(layer: *const Layer, count: usize) void {
    if (layer.dropout == 0 or layer.passes_back == 0) return;
    const scale: simd.Vector = @splat(1 / (1 - layer.dropout));
    var i: usize = 0;
    while (i < count * layer.input.image) : (i += simd.lanes) {
        const gradients = simd.load(layer.input.gradients + i, 0) * scale;
        const on = simd.load(layer.input.values + i, 0) != simd.zero;
        simd.store(layer.input.gradients + i, 0, @select(f32, on, gradients, simd.zero));
    }
}
