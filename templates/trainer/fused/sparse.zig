//! The gradients of a convolution out of lists: one a filter, of the outputs whose gradient is not 0.

const simd = @import("simd.zig");
const Layer = @import("layer.zig").Layer;
const Entry = @import("layer.zig").Entry;
const Vector = simd.Vector;
const Numbers = @Vector(simd.lanes, u32);

/// Vectors of sums that fit into registers, beside a factor; and the other numbers of them that
/// there is code for.
const sizes = [_]usize{ 12, 10, 8, 6, 4, 2, 1 };

/// Put the gradients of some images on the lists of their filters.
pub fn gather(layer: *const Layer, first: usize, images: usize) void {
    @memset(layer.counts[0..layer.filters], 0);
    for (first..first + images) |image| {
        for (0..layer.rows) |y| {
            const output = image * layer.output.image + y * layer.output.row;
            const row = Row{
                .gradients = layer.output.gradients + output,
                .values = layer.output.values + output,
                .winners = layer.winners + (image * layer.rows + y) * layer.columns * layer.filters,
                .corner = image * layer.input.image + layer.pool * y * layer.input.row,
                .right = layer.channels,
                .below = layer.input.row,
                .next = layer.pool * layer.channels,
                .capacity = layer.group * layer.rows * layer.columns,
            };
            if (layer.pool == 2) row.gather(layer, true) else row.gather(layer, false);
        }
    }
}

/// One row of outputs, and where the pixels of its filters lie.
const Row = struct {
    gradients: [*]const f32,
    values: [*]const f32,
    winners: [*]const u8,
    corner: u32,
    right: u32,
    below: u32,
    next: u32,
    capacity: u32,

    noinline fn gather(self: Row, layer: *const Layer, comptime pooled: bool) void {
        const filters = layer.filters;
        const rectified = layer.rectified != 0;
        const bias = layer.bias_gradients;
        const entries = layer.entries;
        const counts = layer.counts;
        var at: usize = 0;
        for (0..layer.columns) |x| {
            const corner: Numbers = @splat(self.corner + x * self.next);
            var filter: usize = 0;
            while (filter < filters) : (filter += simd.lanes) {
                var gradients = simd.load(self.gradients + at, 0);
                if (rectified) {
                    const on = simd.load(self.values + at, 0) > simd.zero;
                    gradients = @select(f32, on, gradients, simd.zero);
                }
                simd.store(bias + filter, 0, simd.load(bias + filter, 0) + gradients);
                const places = if (pooled) corner + self.steps(self.winners + at) else corner;
                const lengths: *align(4) Numbers = @ptrCast(counts + filter);
                const ends = lengths.*;
                inline for (0..simd.lanes) |i| {
                    const entry = (filter + i) * self.capacity + ends[i];
                    entries[entry] = .{ .place = places[i], .gradient = gradients[i] };
                }
                // Without a branch, which would be guessed wrong half of the time: what is 0 is
                // written, too, and then overwritten.
                lengths.* = ends + @intFromBool(gradients != simd.zero);
                at += simd.lanes;
            }
        }
    }

    /// From the first pixel of a window to those that won.
    inline fn steps(self: Row, winners: [*]const u8) Numbers {
        const four: @Vector(4, u8) = winners[0..4].*;
        const numbers: Numbers = four;
        const ones: Numbers = @splat(1);
        const right: Numbers = @splat(self.right);
        const below: Numbers = @splat(self.below);
        return (numbers & ones) * right + (numbers >> @splat(1)) * below;
    }
};

/// dw[filter] += gradient * (the pixels that the filter saw).
pub fn addToWeights(layer: *const Layer, list: []const Entry, to: [*]f32) void {
    const input = layer.input.values;
    const row = layer.input.row;
    const vectors = layer.padded_taps / simd.lanes;
    const height = layer.kernel_height;
    if (vectors == 2 and height == 5) return Sums(5, 2).add(list, input, row, to, layer.padded_taps);
    if (vectors == 1 and height == 3) return Sums(3, 1).add(list, input, row, to, layer.padded_taps);
    for (0..height) |y| {
        var done: usize = 0;
        while (done < vectors) {
            const from = input + y * row + done * simd.lanes;
            const target = to + y * layer.padded_taps + done * simd.lanes;
            done += inline for (sizes) |size| {
                if (vectors - done >= size) {
                    Sums(1, size).add(list, from, row, target, 0);
                    break size;
                }
            } else unreachable;
        }
    }
}

/// Part of a filter's gradient, in registers for the length of a list.
fn Sums(comptime rows: usize, comptime vectors: usize) type {
    return struct {
        noinline fn add(
            list: []const Entry,
            input: [*]const f32,
            input_row: usize,
            to: [*]f32,
            to_row: usize,
        ) void {
            var sums: [rows][vectors]Vector = undefined;
            inline for (0..rows) |r| {
                inline for (0..vectors) |v| sums[r][v] = simd.load(to + r * to_row, v);
            }
            for (list) |*entry| {
                const factor = simd.spread(@ptrCast(&entry.gradient), 0);
                var from = input + entry.place;
                inline for (0..rows) |r| {
                    inline for (0..vectors) |v| {
                        sums[r][v] = simd.multiplyAdd(factor, simd.load(from, v), sums[r][v]);
                    }
                    from += input_row;
                }
            }
            inline for (0..rows) |r| {
                inline for (0..vectors) |v| simd.store(to + r * to_row, v, sums[r][v]);
            }
        }
    };
}

/// dx[the pixels that the filter saw] += gradient * w[filter].
pub fn addToInputs(layer: *const Layer, list: []const Entry, weights: [*]const f32) void {
    const vectors = layer.padded_taps / simd.lanes;
    for (0..layer.kernel_height) |y| {
        var done: usize = 0;
        while (done < vectors) {
            const to = layer.input.gradients + y * layer.input.row + done * simd.lanes;
            const from = weights + y * layer.padded_taps + done * simd.lanes;
            done += inline for (sizes) |size| {
                if (vectors - done >= size) {
                    handOut(size, list, to, from);
                    break size;
                }
            } else unreachable;
        }
    }
}

/// Part of a filter's row, in registers for the length of a list.
noinline fn handOut(comptime vectors: usize, list: []const Entry, to: [*]f32, weights: [*]const f32) void {
    var row: [vectors]Vector = undefined;
    inline for (0..vectors) |v| row[v] = simd.load(weights, v);
    for (list) |*entry| {
        const factor = simd.spread(@ptrCast(&entry.gradient), 0);
        const place = to + entry.place;
        inline for (0..vectors) |v| {
            simd.store(place, v, simd.multiplyAdd(factor, row[v], simd.load(place, v)));
        }
    }
}
