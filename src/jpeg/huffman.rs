//! Huffman codes of a JPEG's data, and the bits that they are made of.
//!
//! Source: ITU-T T.81, annexes C and F.2.2.

/// Number of tables of a class, at most.
pub(super) const MAX_TABLES: usize = 4;

/// The Huffman tables by their numbers.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) dc: [Table; MAX_TABLES],
    pub(super) ac: [Table; MAX_TABLES],
}

impl Tables {
    /// Takes the tables of a segment; `None` where it is damaged.
    pub(super) fn define(&mut self, mut content: &[u8]) -> Option<()> {
        while let [about, rest @ ..] = content {
            let lengths = rest.get(..16)?;
            let count = lengths.iter().map(|codes| usize::from(*codes)).sum();
            let symbols = rest.get(16..)?.get(..count)?;
            let of_class = if about >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            *of_class.get_mut(usize::from(about & 15))? = Table::new(lengths, symbols)?;
            content = &rest[16 + count..];
        }
        Some(())
    }
}

/// Bits of a code that are looked up at once.
const QUICK_BITS: u32 = 9;

/// The codes of a Huffman table: the symbol of each.
#[derive(Default)]
pub(super) struct Table {
    /// By the next [`QUICK_BITS`] bits: a code's length and symbol; length 0 where the code is longer.
    quick: Vec<(u8, u8)>,
    /// Of each length from 1 to 16: the code behind the last one, to the left of 16 bits, and the place of its symbol.
    pub(super) ends: [(u32, i32); 16],
    pub(super) symbols: Vec<u8>,
}

impl Table {
    /// `None` where there are more codes of a length than fit.
    fn new(lengths: &[u8], symbols: &[u8]) -> Option<Self> {
        let mut quick = vec![(0, 0); 1 << QUICK_BITS];
        let mut ends = [(0, 0); 16];
        let (mut code, mut place) = (0_u32, 0_usize);
        for (index, count) in lengths.iter().enumerate() {
            let length = index as u32 + 1;
            for _ in 0..*count {
                if length <= QUICK_BITS {
                    let spare = QUICK_BITS - length;
                    let from = (code << spare) as usize;
                    quick.get_mut(from..from + (1 << spare))?.fill((length as u8, symbols[place]));
                }
                (code, place) = (code + 1, place + 1);
            }
            if code > 1 << length {
                return None;
            }
            ends[index] = (code << (16 - length), place as i32 - code as i32);
            code <<= 1;
        }
        Some(Self { quick, ends, symbols: symbols.to_vec() })
    }

    /// Whether bits that are all zero end block after block.
    pub(super) fn zeros_end_blocks(&self) -> bool {
        self.symbols.first().is_some_and(|symbol| symbol & 15 == 0)
    }

    /// The symbol of the next code; `None` where there is none, or the data ends.
    pub(super) fn symbol(&self, bits: &mut Bits<'_>) -> Option<u8> {
        let next = bits.peek();
        let (length, symbol) = *self.quick.get((next >> (16 - QUICK_BITS)) as usize)?;
        if length > 0 {
            bits.skip(length.into())?;
            return Some(symbol);
        }
        let (index, (_, shift)) =
            self.ends.iter().enumerate().skip(QUICK_BITS as usize).find(|(_, (end, _))| next < *end)?;
        let length = index as u32 + 1;
        let code = (next >> (16 - length)) as i32;
        bits.skip(length)?;
        self.symbols.get(usize::try_from(code + shift).ok()?).copied()
    }
}

/// The bits of a scan up to the next marker.
pub(super) struct Bits<'a> {
    data: &'a [u8],
    place: usize,
    /// What was taken from the data and not yet used: the upper bits.
    held: u64,
    count: u32,
    /// Bits that are held and are none of the data: zeros behind its end.
    beyond: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self { data, place: 0, held: 0, count: 0, beyond: 0 }
    }

    /// The next 16 bits; behind the end there are zeros.
    fn peek(&mut self) -> u32 {
        while self.count <= 48 {
            let byte = match (self.data.get(self.place), self.data.get(self.place + 1)) {
                (Some(0xFF), Some(0)) => {
                    self.place += 2;
                    0xFF
                }
                (None | Some(0xFF), _) => {
                    self.beyond += 8;
                    0
                }
                (Some(byte), _) => {
                    self.place += 1;
                    *byte
                }
            };
            self.held |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
        (self.held >> 48) as u32
    }

    /// Passes over bits, 16 at most; `None` where they are not there.
    pub(super) fn skip(&mut self, bits: u32) -> Option<()> {
        self.peek();
        self.held <<= bits;
        self.count -= bits;
        (self.count >= self.beyond).then_some(())
    }

    /// A number of so many bits, 16 at most; `None` where they are not there.
    pub(super) fn number(&mut self, bits: u32) -> Option<u32> {
        let number = if bits == 0 { 0 } else { self.peek() >> (16 - bits) };
        self.skip(bits).map(|()| number)
    }

    /// The place of the next marker, or of the end, and how many whole bytes before it were not used.
    pub(super) fn to_marker(&self) -> (usize, usize) {
        let rest = &self.data[self.place..];
        let marker = rest.windows(2).position(|pair| pair[0] == 0xFF && pair[1] != 0 && pair[1] != 0xFF);
        let length = marker.unwrap_or(rest.len());
        // Zeros and ones alone are padding.
        let unused = rest[..length].iter().filter(|byte| !matches!(byte, 0 | 0xFF)).count();
        (self.place + length, unused + (self.count.saturating_sub(self.beyond) / 8) as usize)
    }
}
