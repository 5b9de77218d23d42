//! Vectors of four floats, and the one operation that training consists of.
//!
//! Offsets are known when this is compiled: so they become part of an instruction, where the sum of
//! a pointer and a number would be an instruction of its own.

const std = @import("std");
const builtin = @import("builtin");

pub const lanes = 4;
pub const Vector = @Vector(lanes, f32);

pub const zero: Vector = @splat(0);

extern fn @"llvm.wasm.relaxed.madd.v4f32"(a: Vector, b: Vector, c: Vector) Vector;

/// a * b + c. Relaxed SIMD lets the processor do it in one instruction, where it has one.
pub inline fn multiplyAdd(a: Vector, b: Vector, c: Vector) Vector {
    if (comptime builtin.cpu.has(.wasm, .relaxed_simd)) {
        return @"llvm.wasm.relaxed.madd.v4f32"(a, b, c);
    }
    return a * b + c;
}

/// The vector of this number behind a place.
pub inline fn load(from: [*]const f32, comptime number: usize) Vector {
    return @as(*align(4) const [number + 1]Vector, @ptrCast(from))[number];
}

pub inline fn store(to: [*]f32, comptime number: usize, value: Vector) void {
    @as(*align(4) [number + 1]Vector, @ptrCast(to))[number] = value;
}

/// The float of this number behind a place, four times.
pub inline fn spread(from: [*]const f32, comptime number: usize) Vector {
    return @splat(@as(*const [number + 1]f32, @ptrCast(from))[number]);
}

/// What an activation lets through begins here: at 0 for ReLU, nowhere without.
pub inline fn floor(rectified: u32) Vector {
    return @splat(if (rectified != 0) 0 else -std.math.inf(f32));
}

/// The larger of both; what is no number stays none, so that a run that diverges is noticed.
pub inline fn atLeast(least: Vector, value: Vector) Vector {
    return @select(f32, value < least, least, value);
}

/// The same value, of which the compiler forgets where it came from. Left alone, it moves all loads
/// of an inner loop to the front, for which there are not registers enough, and computes pointers
/// anew for each of them.
pub inline fn keep(value: anytype) @TypeOf(value) {
    return asm volatile (""
        : [out] "=r" (-> @TypeOf(value)),
        : [in] "0" (value),
    );
}
