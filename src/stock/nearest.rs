//! Nearest neighbours by cosine: exact, one pass over one block of memory.

/// How many sums run side by side in a dot product: enough for the widest vector registers, twice over.
const LANES: usize = 16;

/// Vectors of unit length in one block of memory, each with the number of whoever it belongs to. One owner may have
/// several.
///
/// ```
/// use sleevesight::stock::{Matrix, Near};
///
/// let mut matrix = Matrix::new(2);
/// matrix.push(7, &[1.0, 0.0]);
/// matrix.push(8, &[0.6, 0.8]);
/// assert_eq!(matrix.nearest(&[0.0, 1.0], 1), [Near { owner: 8, row: 1, cosine: 0.8 }]);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matrix {
    length: usize,
    values: Vec<f32>,
    owners: Vec<i64>,
}

/// An owner, and the cosine between a query and the nearest of its vectors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    /// Whose vector it is.
    pub owner: i64,
    /// Which of the matrix's rows.
    pub row: usize,
    /// The cosine.
    pub cosine: f32,
}

impl Matrix {
    /// An empty matrix for vectors of this length.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { length, values: Vec::new(), owners: Vec::new() }
    }

    /// How many vectors there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.owners.len()
    }

    /// Adds a vector of unit length.
    ///
    /// # Panics
    ///
    /// Where it has another length than the matrix's.
    pub fn push(&mut self, owner: i64, vector: &[f32]) {
        assert_eq!(vector.len(), self.length, "a vector of this matrix");
        self.values.extend_from_slice(vector);
        self.owners.push(owner);
    }

    /// Takes all vectors of an owner away.
    pub fn remove(&mut self, owner: i64) {
        for row in (0..self.rows()).rev().filter(|row| self.owners[*row] == owner).collect::<Vec<_>>() {
            self.values.drain(row * self.length..(row + 1) * self.length);
            self.owners.remove(row);
        }
    }

    /// The cosine of two rows.
    ///
    /// # Panics
    ///
    /// Where there is no such row.
    #[must_use]
    pub fn between(&self, one: usize, other: usize) -> f32 {
        let vector = |row: usize| &self.values[row * self.length..(row + 1) * self.length];
        dot(vector(one), vector(other))
    }

    /// The `most` owners whose vectors are nearest to a vector of unit length, the nearest first; of two that are
    /// equally near, the one that came first. Each owner once, by its nearest vector.
    ///
    /// # Panics
    ///
    /// Where the query has another length than the matrix's.
    #[must_use]
    pub fn nearest(&self, query: &[f32], most: usize) -> Vec<Near> {
        self.nearest_by(self.cosines(query), most)
    }

    /// The owner of each row.
    pub fn owners(&self) -> impl Iterator<Item = i64> {
        self.owners.iter().copied()
    }

    /// The cosine of each row with a vector of unit length.
    ///
    /// # Panics
    ///
    /// Where the query has another length than the matrix's.
    pub fn cosines<'a>(&'a self, query: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
        assert_eq!(query.len(), self.length, "a query of this matrix");
        self.values.chunks_exact(self.length.max(1)).map(move |vector| dot(query, vector))
    }

    /// As [`Matrix::nearest`], by the cosines of all rows.
    pub(super) fn nearest_by(&self, cosines: impl Iterator<Item = f32>, most: usize) -> Vec<Near> {
        let mut best: Vec<Near> = Vec::with_capacity(most + 1);
        if most == 0 {
            return best;
        }
        for (row, cosine) in cosines.enumerate() {
            if best.len() == most && cosine <= best[most - 1].cosine {
                continue;
            }
            let owner = self.owners[row];
            if let Some(place) = best.iter().position(|near| near.owner == owner) {
                if cosine <= best[place].cosine {
                    continue;
                }
                best.remove(place);
            }
            let place = best.partition_point(|near| near.cosine >= cosine);
            best.insert(place, Near { owner, row, cosine });
            best.truncate(most);
        }
        best
    }
}

/// The sum of products, in an order that the compiler can make vector instructions of.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    let mut sums = [0.0_f32; LANES];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f32>()
}
