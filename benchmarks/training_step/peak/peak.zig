//! What WebAssembly SIMD can do on this machine at most: chains of multiply-adds that wait for
//! nothing but themselves, in registers.

const builtin = @import("builtin");

const Vector = @Vector(4, f32);
/// As many as hide the latency of a multiplication and an addition, in 15 registers.
const chains = 12;
const unrolled = 4;

extern fn @"llvm.wasm.relaxed.madd.v4f32"(a: Vector, b: Vector, c: Vector) Vector;

inline fn multiplyAdd(a: Vector, b: Vector, c: Vector) Vector {
    if (comptime builtin.cpu.has(.wasm, .relaxed_simd)) {
        return @"llvm.wasm.relaxed.madd.v4f32"(a, b, c);
    }
    return a * b + c;
}

/// Returns how many floating-point operations that was; `floats`: two factors, then the chains.
export fn run(rounds: u32, floats: [*]f32) f64 {
    const a: Vector = @splat(floats[0]);
    const b: Vector = @splat(floats[1]);
    const places: *align(4) [chains]Vector = @ptrCast(floats + 2);
    var sums: [chains]Vector = places.*;
    for (0..rounds) |_| {
        inline for (0..unrolled) |_| {
            inline for (&sums) |*sum| sum.* = multiplyAdd(a, b, sum.*);
        }
    }
    places.* = sums;
    return @as(f64, @floatFromInt(rounds)) * unrolled * chains * 4 * 2;
}
