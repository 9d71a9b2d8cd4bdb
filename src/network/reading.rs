//! What the network says of one cover.

/// What the network says of one cover.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// A logit per genre, in the bundle's order, before the temperature.
    pub logits: Vec<f32>,
    /// A vector of unit length: near for two views of one sleeve.
    pub embedding: Vec<f32>,
    /// A map per genre, one after the other, row by row: the mean of each is its logit.
    pub evidence: Vec<f32>,
    /// The length of a side of each map.
    pub grid: usize,
    /// How much the picture looks like a sleeve, as a logit; `None` where the network does not tell.
    pub sleeve: Option<f32>,
}
