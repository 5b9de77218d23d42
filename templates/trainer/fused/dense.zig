//! A dense layer and its gradients, each a product of matrices.

const simd = @import("simd.zig");
const tile = @import("tile.zig");
const Layer = @import("layer.zig").Layer;

/// Rewrite the weights [channels][filters] in panels of 8 columns for the way forward, and of 8
/// rows, turned, for the way back.
pub fn pack(layer: *const Layer) void {
    var to = layer.panels;
    var filter: usize = 0;
    while (filter < layer.filters) : (filter += tile.panel_width) {
        const width = @min(tile.panel_width, layer.filters - filter);
        for (0..layer.channels) |channel| {
            const row = layer.weights + channel * layer.filters + filter;
            for (0..width) |i| to[i] = row[i];
            to += width;
        }
    }
    if (layer.passes_back == 0) return;
    to = layer.panels_back;
    var channel: usize = 0;
    while (channel < layer.channels) : (channel += tile.panel_width) {
        const width = @min(tile.panel_width, layer.channels - channel);
        for (0..layer.filters) |unit| {
            for (0..width) |i| to[i] = layer.weights[(channel + i) * layer.filters + unit];
            to += width;
        }
    }
}

pub fn forward(layer: *const Layer, count: usize) void {
    const product = Product{
        .left = layer.input.values,
        .left_row = layer.input.image,
        .panels = layer.panels,
        .inner = layer.channels,
        .out = layer.output.values,
        .out_row = layer.output.image,
        .width = layer.filters,
        .floor = simd.floor(layer.rectified),
    };
    product.compute(count, layer.bias);
}

pub fn backward(layer: *const Layer, count: usize) void {
    mask(layer, count);
    addToWeights(layer, count);
    if (layer.passes_back == 0) return;
    const product = Product{
        .left = layer.output.gradients,
        .left_row = layer.output.image,
        .panels = layer.panels_back,
        .inner = layer.filters,
        .out = layer.input.gradients,
        .out_row = layer.input.image,
        .width = layer.channels,
        .floor = simd.floor(0),
    };
    product.compute(count, null);
}

/// out[row] = first + left[row] * the matrix that the panels hold.
const Product = struct {
    left: [*]const f32,
    left_row: usize,
    panels: [*]const f32,
    inner: usize,
    out: [*]f32,
    out_row: usize,
    width: usize,
    floor: simd.Vector,

    const nothing: [tile.panel_width]f32 = @splat(0);

    fn compute(self: Product, count: usize, bias: ?[*]const f32) void {
        var column: usize = 0;
        while (column < self.width) : (column += tile.panel_width) {
            const first = if (bias) |row| row + column else &nothing;
            if (self.width - column >= tile.panel_width) {
                self.strip(count, column, first, tile.wide);
            } else {
                self.strip(count, column, first, 1);
            }
        }
    }

    noinline fn strip(
        self: Product,
        count: usize,
        column: usize,
        first: [*]const f32,
        comptime vectors: usize,
    ) void {
        var row: usize = 0;
        while (row + 4 <= count) : (row += 4) self.block(row, column, first, 4, vectors);
        while (row < count) : (row += 1) self.block(row, column, first, 1, vectors);
    }

    inline fn block(
        self: Product,
        row: usize,
        column: usize,
        first: [*]const f32,
        comptime rows: usize,
        comptime vectors: usize,
    ) void {
        var left: [rows][*]const f32 = undefined;
        inline for (0..rows) |r| left[r] = self.left + (row + r) * self.left_row;
        var sums = tile.Tile(rows, vectors).init(first);
        _ = sums.add(left, self.panels + column * self.inner, self.inner);
        inline for (0..rows) |r| {
            inline for (0..vectors) |v| {
                const to = self.out + (row + r) * self.out_row + column;
                simd.store(to, v, simd.atLeast(self.floor, sums.sums[r][v]));
            }
        }
    }
};

/// Where ReLU was off, no gradient; and the bias's is the sum of what is left.
fn mask(layer: *const Layer, count: usize) void {
    for (0..count) |image| {
        var unit: usize = 0;
        while (unit < layer.filters) : (unit += simd.lanes) {
            const place = image * layer.output.image + unit;
            var gradients = simd.load(layer.output.gradients + place, 0);
            if (layer.rectified != 0) {
                const on = simd.load(layer.output.values + place, 0) > simd.zero;
                gradients = @select(f32, on, gradients, simd.zero);
                simd.store(layer.output.gradients + place, 0, gradients);
            }
            const bias = layer.bias_gradients + unit;
            simd.store(bias, 0, simd.load(bias, 0) + gradients);
        }
    }
}

/// dw[channel][unit] += sum over images of value[channel] * gradient[unit].
fn addToWeights(layer: *const Layer, count: usize) void {
    var unit: usize = 0;
    while (unit < layer.filters) : (unit += tile.panel_width) {
        var channel: usize = 0;
        while (channel < layer.channels) : (channel += 4) {
            const wide = layer.filters - unit >= tile.panel_width;
            inline for (.{ 1, tile.wide }) |vectors| {
                if (wide == (vectors == tile.wide)) addOuter(
                    vectors,
                    layer.weight_gradients + channel * layer.filters + unit,
                    layer.filters,
                    layer.input.values + channel,
                    layer.input.image,
                    layer.output.gradients + unit,
                    layer.output.image,
                    count,
                );
            }
        }
    }
}

/// Four rows of weights by one panel.
noinline fn addOuter(
    comptime vectors: usize,
    to: [*]f32,
    to_row: usize,
    values: [*]const f32,
    values_row: usize,
    gradients: [*]const f32,
    gradients_row: usize,
    count: usize,
) void {
    var sums: [4][vectors]simd.Vector = undefined;
    inline for (0..4) |r| {
        inline for (0..vectors) |v| sums[r][v] = simd.load(to + r * to_row, v);
    }
    var left = values;
    var right = gradients;
    for (0..count) |_| {
        var row: [vectors]simd.Vector = undefined;
        inline for (0..vectors) |v| row[v] = simd.load(right, v);
        inline for (0..4) |r| {
            const factor = simd.spread(left, r);
            inline for (0..vectors) |v| sums[r][v] = simd.multiplyAdd(factor, row[v], sums[r][v]);
        }
        left += values_row;
        right += gradients_row;
    }
    inline for (0..4) |r| {
        inline for (0..vectors) |v| simd.store(to + r * to_row, v, sums[r][v]);
    }
}
