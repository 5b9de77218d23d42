//! A whole network, some images at a time: few enough that what one layer writes is still in the
//! processor's cache when the next one reads it.

const adam = @import("adam.zig");
const conv = @import("conv.zig");
const dense = @import("dense.zig");
const dropout = @import("dropout.zig");
const softmax = @import("softmax.zig");
const Layer = @import("layer.zig").Layer;

/// What JavaScript says about a network, as about its layers.
const Network = extern struct {
    layers: [*]const Layer,
    layer_count: u32,
    parameters: adam.Parameters,
    /// Pixels of the images that are computed next, 0 to 255, and their classes.
    pixels: [*]const u8,
    labels: [*]const u16,
    /// Where the first of them goes, inside of the border.
    inputs: [*]f32,
    /// Of an image: rows, and bytes of each.
    height: u32,
    row_bytes: u32,
    classes: u32,
    /// Where the random numbers are; not 0.
    random: [dropout.sequences]u32,
};

/// Call it when the weights have changed, before anything else.
export fn pack(network: *const Network) void {
    for (network.layers[0..network.layer_count]) |*layer| switch (layer.kind) {
        .convolution => conv.pack(layer),
        .dense => dense.pack(layer),
    };
}

/// The probabilities of `count` images; they are the last layer's output.
export fn predict(network: *const Network, count: usize) void {
    forward(network, count, null);
}

fn forward(network: *const Network, count: usize, random: ?*[dropout.sequences]u32) void {
    const layers = network.layers[0..network.layer_count];
    readPixels(network, count);
    for (layers) |*layer| {
        if (random) |numbers| dropout.forward(layer, count, numbers);
        switch (layer.kind) {
            .convolution => conv.forward(layer, count),
            .dense => dense.forward(layer, count),
        }
    }
    softmax.forward(&layers[layers.len - 1].output, network.classes, count);
}

/// The same, and add the gradients of these images, out of `total` of the whole batch.
export fn learn(network: *Network, count: usize, total: f32) void {
    forward(network, count, &network.random);
    const layers = network.layers[0..network.layer_count];
    softmax.backward(&layers[layers.len - 1].output, network.classes, count, network.labels, total);
    var i = layers.len;
    while (i > 0) {
        i -= 1;
        switch (layers[i].kind) {
            .convolution => conv.backward(&layers[i], count),
            .dense => dense.backward(&layers[i], count),
        }
        dropout.backward(&layers[i], count);
    }
}

/// Change the weights by the gradients that were added.
export fn update(network: *const Network, rate: f32, correction1: f32, correction2: f32) void {
    adam.step(&network.parameters, rate, correction1, correction2);
}

/// Bytes to floats from 0 to 1, into the first layer's input.
fn readPixels(network: *const Network, count: usize) void {
    const input = network.layers[0].input;
    var from = network.pixels;
    for (0..count) |image| {
        for (0..network.height) |row| {
            const to = network.inputs + image * input.image + row * input.row;
            for (to[0..network.row_bytes], from) |*value, byte| value.* = @as(f32, @floatFromInt(byte)) / 255;
            from += network.row_bytes;
        }
    }
}
