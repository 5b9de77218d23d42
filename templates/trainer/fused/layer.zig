//! What JavaScript says about a layer. Its planner (plan.js) decides where everything lies and
//! writes these records into the memory, word by word, in this order.

/// Images, one after the other, in rows of pixels; the distances are in floats. Around the images
/// that a convolution with padding reads is a border, which stays 0.
pub const Images = extern struct {
    values: [*]f32,
    gradients: [*]f32,
    row: u32,
    image: u32,
};

pub const Kind = enum(u32) { convolution, dense };

/// Channels and units are padded to vectors of four. The padding's weights are 0, and so are its
/// values and gradients: it needs no special case.
pub const Layer = extern struct {
    kind: Kind,
    input: Images,
    output: Images,
    /// Floats of an input pixel; of an input row for a dense layer.
    channels: u32,
    /// Floats that a row of a filter covers, and the same padded to vectors.
    taps: u32,
    padded_taps: u32,
    kernel_height: u32,
    /// Output channels, or units.
    filters: u32,
    /// Of the output, behind the pooling.
    rows: u32,
    columns: u32,
    /// 2: the largest of 2x2 counts; 1: no pooling.
    pool: u32,
    rectified: u32,
    /// The share of the input's values that training leaves out.
    dropout: f32,
    /// The first layer need not know how its input should have been.
    passes_back: u32,
    /// Images whose gradients are gathered at a time.
    group: u32,
    /// Convolution: [filters][kernel_height][padded_taps]; dense: [channels][filters].
    weights: [*]f32,
    weight_gradients: [*]f32,
    bias: [*]f32,
    bias_gradients: [*]f32,
    /// The weights in panels for the way forward, and for the way back.
    panels: [*]f32,
    panels_back: [*]f32,
    /// Which of its four pixels each pooled output is: [n][rows][columns][filters].
    winners: [*]u8,
    /// Room for the lists of gradients.
    entries: [*]Entry,
    counts: [*]u32,
};

/// A gradient that is not 0, and where the pixels that its filter saw begin: in floats.
pub const Entry = extern struct { place: u32, gradient: f32 };
