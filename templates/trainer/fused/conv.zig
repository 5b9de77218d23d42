//! Convolution, bias, ReLU and max-pooling in one go.
//!
//! Forward, the four outputs that compete in a pooling window are computed together and only the
//! winner is written, with its number (0 to 3).
//!
//! Backward, that number makes the gradients sparse: of each window one output alone has a
//! gradient, and none where ReLU was off. A convolution's gradients are sums over its outputs,
//!
//!     dw[filter] += gradient * (the pixels that the filter saw)
//!     dx[the pixels that the filter saw] += gradient * w[filter]
//!
//! so three of four terms fall away, or more. What is left is gathered in one list a filter
//! (sparse.zig).

const simd = @import("simd.zig");
const tile = @import("tile.zig");
const sparse = @import("sparse.zig");
const Layer = @import("layer.zig").Layer;
const Vector = simd.Vector;

/// Rewrite the weights in panels: [filters / 8][kernel_height][taps][8].
pub fn pack(layer: *const Layer) void {
    var to = layer.panels;
    const size = layer.kernel_height * layer.padded_taps;
    var filter: usize = 0;
    while (filter < layer.filters) : (filter += tile.panel_width) {
        const width = @min(tile.panel_width, layer.filters - filter);
        for (0..layer.kernel_height) |row| {
            for (0..layer.taps) |tap| {
                for (0..width) |i| to[i] = layer.weights[(filter + i) * size + row * layer.padded_taps + tap];
                to += width;
            }
        }
    }
}

pub fn forward(layer: *const Layer, count: usize) void {
    for (0..count) |image| {
        var filter: usize = 0;
        while (filter < layer.filters) : (filter += tile.panel_width) {
            const wide = layer.filters - filter >= tile.panel_width;
            if (!wide) forwardPanel(layer, image, filter, 1, null) else switch (layer.taps) {
                // The usual filters on grey images.
                inline 3, 5 => |taps| forwardPanel(layer, image, filter, tile.wide, taps),
                else => forwardPanel(layer, image, filter, tile.wide, null),
            }
        }
    }
}

/// One image by one panel of filters; `known`: the taps of a row, where each is a pixel.
noinline fn forwardPanel(
    layer: *const Layer,
    image: usize,
    filter: usize,
    comptime vectors: usize,
    comptime known: ?usize,
) void {
    const row = Row(vectors){
        .distance = layer.input.row,
        .channels = layer.channels,
        .taps = layer.taps,
        .height = layer.kernel_height,
        .panel = layer.panels + filter * layer.kernel_height * layer.taps,
        .bias = layer.bias + filter,
        .filters = layer.filters,
        .columns = layer.columns,
        .floor = simd.floor(layer.rectified),
    };
    for (0..layer.rows) |y| {
        const input = layer.input.values + image * layer.input.image + layer.pool * y * layer.input.row;
        const output = layer.output.values + image * layer.output.image + y * layer.output.row + filter;
        const winners = layer.winners + (image * layer.rows + y) * layer.columns * layer.filters + filter;
        if (layer.pool == 2) row.pooled(known, input, output, winners) else row.plain(input, output);
    }
}

/// One row of outputs, of one panel of filters.
fn Row(comptime vectors: usize) type {
    return struct {
        distance: usize,
        channels: usize,
        taps: usize,
        height: usize,
        panel: [*]const f32,
        bias: [*]const f32,
        filters: usize,
        columns: usize,
        floor: Vector,

        const Self = @This();

        noinline fn pooled(
            self: Self,
            comptime known: ?usize,
            input: [*]const f32,
            output: [*]f32,
            winners: [*]u8,
        ) void {
            const channels = if (known == null) self.channels else 1;
            var corner = input;
            var to = output;
            var numbers = winners;
            for (0..self.columns) |_| {
                const below = corner + self.distance;
                const sums = self.convolve(4, known, .{ corner, corner + channels, below, below + channels });
                inline for (0..vectors) |v| {
                    var largest = sums[0][v];
                    var winner: @Vector(4, u32) = @splat(0);
                    // The first of equals wins, as in TensorFlow.
                    inline for (1..4) |i| {
                        const better = sums[i][v] > largest;
                        largest = @select(f32, better, sums[i][v], largest);
                        winner = @select(u32, better, @as(@Vector(4, u32), @splat(i)), winner);
                    }
                    simd.store(to, v, simd.atLeast(self.floor, largest));
                    const bytes: *align(1) [vectors]@Vector(4, u8) = @ptrCast(numbers);
                    bytes[v] = @truncate(winner);
                }
                corner += 2 * channels;
                to += self.filters;
                numbers += self.filters;
            }
        }

        noinline fn plain(self: Self, input: [*]const f32, output: [*]f32) void {
            var from = input;
            var to = output;
            var left = self.columns;
            while (left >= 4) : (left -= 4) {
                self.pixels(4, from, to);
                from += 4 * self.channels;
                to += 4 * self.filters;
            }
            while (left > 0) : (left -= 1) {
                self.pixels(1, from, to);
                from += self.channels;
                to += self.filters;
            }
        }

        inline fn pixels(self: Self, comptime count: usize, input: [*]const f32, output: [*]f32) void {
            var from: [count][*]const f32 = undefined;
            inline for (0..count) |i| from[i] = input + i * self.channels;
            const sums = self.convolve(count, null, from);
            inline for (0..count) |i| {
                inline for (0..vectors) |v| {
                    simd.store(output + i * self.filters, v, simd.atLeast(self.floor, sums[i][v]));
                }
            }
        }

        inline fn convolve(
            self: Self,
            comptime count: usize,
            comptime known: ?usize,
            corners: [count][*]const f32,
        ) [count][vectors]Vector {
            var panel = self.panel;
            var from = corners;
            var sums = tile.Tile(count, vectors).init(self.bias);
            var row = self.height;
            while (row > 0) : (row -= 1) {
                panel = if (known) |taps|
                    sums.addKnown(from, panel, taps)
                else
                    sums.add(from, panel, self.taps);
                inline for (0..count) |i| from[i] += self.distance;
            }
            return sums.sums;
        }
    };
}

/// From the gradients of the outputs to those of weights, bias and, but for the first layer, inputs.
pub fn backward(layer: *const Layer, count: usize) void {
    if (layer.passes_back != 0) @memset(layer.input.gradients[0 .. count * layer.input.image], 0);
    var first: usize = 0;
    while (first < count) : (first += layer.group) {
        sparse.gather(layer, first, @min(layer.group, count - first));
        const capacity = layer.group * layer.rows * layer.columns;
        const size = layer.kernel_height * layer.padded_taps;
        for (0..layer.filters) |filter| {
            const list = (layer.entries + filter * capacity)[0..layer.counts[filter]];
            sparse.addToWeights(layer, list, layer.weight_gradients + filter * size);
            if (layer.passes_back != 0) sparse.addToInputs(layer, list, layer.weights + filter * size);
        }
    }
}
