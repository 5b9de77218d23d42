//! The inner loop of every product here: a tile of the result stays in registers while the factors
//! stream past. 4 rows of 2 vectors are 8 sums: enough to hide the latency of an addition, few
//! enough for the 16 registers of an x86 processor.

const simd = @import("simd.zig");
const Vector = simd.Vector;

/// Vectors of a panel: a strip of the right factor, rewritten so that it is read in order.
pub const wide = 2;
pub const panel_width = wide * simd.lanes;

pub fn Tile(comptime rows: usize, comptime vectors: usize) type {
    return struct {
        sums: [rows][vectors]Vector,

        const Self = @This();
        const unrolled = 4;

        /// Every row begins with the same values, such as a bias.
        pub inline fn init(row: [*]const f32) Self {
            var self: Self = undefined;
            inline for (0..vectors) |v| {
                const first = simd.load(row, v);
                inline for (0..rows) |r| self.sums[r][v] = first;
            }
            return self;
        }

        /// sums[r] += left[r][t] * panel[t] for all t < count; returns where the panel goes on.
        pub inline fn add(
            self: *Self,
            left: [rows][*]const f32,
            panel: [*]const f32,
            count: usize,
        ) [*]const f32 {
            var from = left;
            var right = panel;
            var t = count;
            while (t >= unrolled) : (t -= unrolled) {
                right = self.addKnown(from, right, unrolled);
                inline for (0..rows) |r| from[r] = simd.keep(from[r] + unrolled);
            }
            while (t > 0) : (t -= 1) {
                right = self.addKnown(from, right, 1);
                inline for (0..rows) |r| from[r] = simd.keep(from[r] + 1);
            }
            return right;
        }

        /// The same with a count that the compiler knows.
        pub inline fn addKnown(
            self: *Self,
            left: [rows][*]const f32,
            panel: [*]const f32,
            comptime count: usize,
        ) [*]const f32 {
            @setEvalBranchQuota(10_000);
            inline for (0..count) |t| {
                var right: [vectors]Vector = undefined;
                inline for (0..vectors) |v| right[v] = simd.load(panel, t * vectors + v);
                inline for (0..rows) |r| {
                    const factor = simd.spread(left[r], t);
                    inline for (0..vectors) |v| {
                        const sum = simd.multiplyAdd(factor, right[v], self.sums[r][v]);
                        self.sums[r][v] = simd.keep(sum);
                    }
                }
            }
            return simd.keep(panel + count * vectors * simd.lanes);
        }
    };
}
