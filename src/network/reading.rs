//! What the network says of one cover.

/// What the network says of one cover.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// A logit per genre that the network was taught, in the bundle's order, before the temperature.
    pub logits: Vec<f32>,
    /// A vector of unit length: near for two views of one sleeve.
    pub embedding: Vec<f32>,
    /// A map per logit, one after the other, row by row: the mean of each is its logit.
    pub evidence: Vec<f32>,
    /// The length of a side of each map.
    pub grid: usize,
    /// How much the picture looks like a sleeve, as a logit; `None` where the network does not tell.
    pub sleeve: Option<f32>,
    /// A logit for each number of quarter turns, clockwise, by which the cover lies turned: first for none;
    /// `None` where the network does not tell.
    pub turned: Option<[f32; 4]>,
}

impl Reading {
    /// By how many quarter turns, clockwise, the cover lies turned: none where the logit of another number is not
    /// higher by at least this.
    #[must_use]
    pub fn quarters(&self, least: f32) -> usize {
        let Some(logits) = self.turned else { return 0 };
        let most = (1..4).fold(1, |most, place| if logits[place] > logits[most] { place } else { most });
        if logits[most] - logits[0] >= least { most } else { 0 }
    }
}
