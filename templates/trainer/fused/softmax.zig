//! Probabilities out of the last layer's values, and the gradient of their cross-entropy.

const Images = @import("layer.zig").Images;

/// What TensorFlow.js' loss clips probabilities to; beyond it, its gradient is 0.
const least: f32 = 1e-7;
const most: f32 = 1 - 1e-7;

/// Turn [count] rows of `classes` values into probabilities, in place.
pub fn forward(output: *const Images, classes: usize, count: usize) void {
    for (0..count) |image| {
        const row = (output.values + image * output.image)[0..classes];
        var largest = row[0];
        for (row) |value| largest = @max(largest, value);
        var sum: f32 = 0;
        for (row) |*value| {
            value.* = @exp(value.* - largest);
            sum += value.*;
        }
        for (row) |*value| value.* /= sum;
    }
}

/// The gradient of the mean loss of `total` images, of the values before the softmax.
pub fn backward(output: *const Images, classes: usize, count: usize, labels: [*]const u16, total: f32) void {
    for (0..count) |image| {
        const place = image * output.image;
        const probability = (output.values + place)[labels[image]];
        const flat = probability < least or probability > most;
        for (0..classes) |class| {
            const wanted: f32 = if (class == labels[image]) 1 else 0;
            const gradient = ((output.values + place)[class] - wanted) / total;
            (output.gradients + place)[class] = if (flat) 0 else gradient;
        }
    }
}
