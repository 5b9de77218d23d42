//! Adam, as TensorFlow.js has it, over all parameters as one row of numbers.

const simd = @import("simd.zig");

pub const Parameters = extern struct {
    values: [*]f32,
    gradients: [*]f32,
    first_moments: [*]f32,
    second_moments: [*]f32,
    /// A multiple of four.
    count: u32,
};

const beta1: f32 = 0.9;
const beta2: f32 = 0.999;
const epsilon: f32 = 1e-7;
// Subtracted in double precision, as JavaScript does it.
const rest1: f32 = @floatCast(1 - @as(f64, 0.9));
const rest2: f32 = @floatCast(1 - @as(f64, 0.999));

/// One step; the gradients are 0 afterwards. The corrections are 1 - beta^step.
pub fn step(parameters: *const Parameters, rate: f32, correction1: f32, correction2: f32) void {
    var i: usize = 0;
    while (i < parameters.count) : (i += simd.lanes) {
        const gradient = simd.load(parameters.gradients + i, 0);
        const first = simd.load(parameters.first_moments + i, 0) * all(beta1) +
            gradient * all(rest1);
        const second = simd.load(parameters.second_moments + i, 0) * all(beta2) +
            gradient * gradient * all(rest2);
        const scale = @sqrt(second / all(correction2)) + all(epsilon);
        const change = first / all(correction1) / scale * all(-rate);
        simd.store(parameters.values + i, 0, simd.load(parameters.values + i, 0) + change);
        simd.store(parameters.first_moments + i, 0, first);
        simd.store(parameters.second_moments + i, 0, second);
        simd.store(parameters.gradients + i, 0, simd.zero);
    }
}

inline fn all(value: f32) simd.Vector {
    return @splat(value);
}
