//! Whether a JPEG's data holds every block of its picture.
//!
//! Decoders fill what is missing with grey and say nothing. Here the codes are walked through, and no pixel is
//! computed. Source: ITU-T T.81, annexes A.2 (order of blocks), B (segments), C and F.2.2 (Huffman codes).

use super::standard::TABLES;
use super::{DHT, SOS, Segment, segments};

/// Start of frame: baseline, and extended sequential with Huffman codes.
const SEQUENTIAL: [u8; 2] = [0xC0, 0xC1];
const DRI: u8 = 0xDD;

/// Coefficients of a block.
const COEFFICIENTS: usize = 64;

/// Components of a scan, and number of tables of a class, at most.
const MAX_TABLES: usize = 4;

/// Bits of a difference between blocks, at most.
const MAX_BITS: u8 = 15;

/// Bytes between a scan's last block and its end marker, at most: some cameras round up lengths. Data that was
/// lost inside a scan leaves more behind.
const MAX_LEFT_BYTES: usize = 32;

/// Zero bytes in a row that are no data of a scan whose zeros do not end blocks: a buffer that was not filled.
const PADDING_BYTES: usize = 64;

/// Zero bytes of padding that may be the last of the data: far fewer than a block would have.
const KEPT_ZERO_BYTES: usize = 4;

/// How much of a picture its data holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blocks {
    /// Each block is there.
    Whole,
    /// Some are missing, or data between them is.
    Missing,
    /// The file is of another kind than is walked through: progressive, say.
    Unknown,
}

/// Walks through the data of a JPEG.
pub(super) fn blocks(bytes: &[u8]) -> Blocks {
    let mut tables = Tables::default();
    tables.define(&TABLES);
    let mut picture: Option<Picture> = None;
    let mut interval = 0;
    let mut start = 2;
    while let Some(Segment { marker, content, end, .. }) = segments(bytes, start).next() {
        start = end;
        let understood = match marker {
            DHT => tables.define(content),
            DRI => u16_at(content, 0).map(|mcus| interval = usize::from(mcus)),
            SOS => {
                let Some(scan) = picture.as_ref().and_then(|picture| picture.scan(content)) else {
                    return Blocks::Unknown;
                };
                match scan.walk(&bytes[end..], &tables, interval) {
                    // Other scans may follow: of a sequential picture, each is of components of its own.
                    Some(length) => {
                        start += length;
                        picture.as_mut().map(|picture| picture.seen += scan.components.len())
                    }
                    None => return Blocks::Missing,
                }
            }
            _ if SEQUENTIAL.contains(&marker) => Picture::of(content).map(|found| picture = Some(found)),
            // The other starts of frames.
            0xC2..=0xCF if marker != 0xC8 && marker != 0xCC => return Blocks::Unknown,
            _ => Some(()),
        };
        if understood.is_none() {
            return Blocks::Unknown;
        }
        if picture.as_ref().is_some_and(|picture| picture.seen >= picture.components.len()) {
            return Blocks::Whole;
        }
    }
    Blocks::Missing
}

fn u16_at(bytes: &[u8], place: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*bytes.get(place)?, *bytes.get(place + 1)?]))
}

/// What a start of frame says.
struct Picture {
    width: usize,
    height: usize,
    components: Vec<Component>,
    /// Components whose scans were walked through.
    seen: usize,
}

/// A component: its number, and its blocks across and down in a unit that is coded at once.
#[derive(Clone, Copy)]
struct Component {
    id: u8,
    across: usize,
    down: usize,
}

impl Picture {
    /// `None` where it is none of 8 bits, or where its height follows later.
    fn of(content: &[u8]) -> Option<Self> {
        let (&[precision, ..], height, width) = (content, u16_at(content, 1)?, u16_at(content, 3)?) else {
            return None;
        };
        let components: Vec<Component> = content
            .get(6..)?
            .chunks_exact(3)
            .take(usize::from(content[5]))
            .map(|about| Component {
                id: about[0],
                across: (about[1] >> 4).into(),
                down: (about[1] & 15).into(),
            })
            .collect();
        let sampled = |side: usize| (1..=4).contains(&side);
        let known = precision == 8 && width > 0 && height > 0 && !components.is_empty();
        let known = known && components.iter().all(|own| sampled(own.across) && sampled(own.down));
        known.then_some(Self { width: width.into(), height: height.into(), components, seen: 0 })
    }

    /// The scan that a start of scan begins; `None` where it names what is not in the picture.
    fn scan(&self, content: &[u8]) -> Option<Scan> {
        let count = usize::from(*content.first()?);
        let named = content.get(1..1 + 2 * count)?.chunks_exact(2);
        let components: Option<Vec<ScanComponent>> = named
            .map(|about| {
                let of = self.components.iter().find(|component| component.id == about[0])?;
                let (dc, ac) = (usize::from(about[1] >> 4), usize::from(about[1] & 15));
                let blocks = if count == 1 { 1 } else { of.across * of.down };
                (dc < MAX_TABLES && ac < MAX_TABLES).then_some(ScanComponent { dc, ac, blocks })
            })
            .collect();
        let components = components.filter(|all| !all.is_empty())?;
        let most = |side: fn(&Component) -> usize| self.components.iter().map(side).max().unwrap_or(1);
        let (across, down) = (most(|own| own.across), most(|own| own.down));
        let units = match self.components.iter().find(|own| own.id == content[1]) {
            // A component alone has as many blocks as cover its own samples.
            Some(own) if count == 1 => {
                let samples = |side: usize, of: usize, most: usize| (side * of).div_ceil(most).div_ceil(8);
                samples(self.width, own.across, across) * samples(self.height, own.down, down)
            }
            _ => self.width.div_ceil(8 * across) * self.height.div_ceil(8 * down),
        };
        Some(Scan { units, components })
    }
}

/// What is coded between a start of scan and the next marker.
struct Scan {
    /// The units that are coded at once (MCU).
    units: usize,
    components: Vec<ScanComponent>,
}

/// The tables of a component, and its blocks in a unit.
struct ScanComponent {
    dc: usize,
    ac: usize,
    blocks: usize,
}

impl Scan {
    /// Walks through all units. Returns how many bytes they have up to the next marker; `None` where some are missing.
    fn walk(&self, data: &[u8], tables: &Tables, interval: usize) -> Option<usize> {
        let zeros_are_data = self.components.iter().all(|own| tables.ac[own.ac].zeros_end_blocks());
        let data = if zeros_are_data { data } else { before_padding(data) };
        let (mut left, mut start, mut turn) = (self.units, 0, 0);
        loop {
            let units = if interval == 0 { left } else { left.min(interval) };
            let mut bits = Bits::new(&data[start..]);
            for _ in 0..units {
                self.unit(&mut bits, tables)?;
            }
            left -= units;
            let (taken, unused) = bits.to_marker();
            if unused > MAX_LEFT_BYTES {
                return None;
            }
            start += taken;
            if left == 0 {
                return Some(start);
            }
            // Each interval ends in a marker with its number.
            if data.get(start..start + 2) != Some(&[0xFF, 0xD0 + turn]) {
                return None;
            }
            start += 2;
            turn = (turn + 1) % 8;
        }
    }

    fn unit(&self, bits: &mut Bits<'_>, tables: &Tables) -> Option<()> {
        for component in &self.components {
            let (dc, ac) = (&tables.dc[component.dc], &tables.ac[component.ac]);
            for _ in 0..component.blocks {
                let size = dc.symbol(bits).filter(|size| *size <= MAX_BITS)?;
                bits.skip(size.into())?;
                let mut place = 1;
                while place < COEFFICIENTS {
                    let (zeros, size) = match ac.symbol(bits)? {
                        0 => break,
                        symbol => (usize::from(symbol >> 4), u32::from(symbol & 15)),
                    };
                    bits.skip(size)?;
                    place += zeros + 1;
                }
                if place > COEFFICIENTS {
                    return None;
                }
            }
        }
        Some(())
    }
}

/// Data up to a buffer's part that was not filled.
fn before_padding(data: &[u8]) -> &[u8] {
    let mut zeros = 0;
    for (place, byte) in data.iter().enumerate() {
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        if zeros == PADDING_BYTES {
            return &data[..place + 1 - PADDING_BYTES + KEPT_ZERO_BYTES];
        }
    }
    data
}

/// The Huffman tables by their numbers.
#[derive(Default)]
struct Tables {
    dc: [Table; MAX_TABLES],
    ac: [Table; MAX_TABLES],
}

impl Tables {
    /// Takes the tables of a segment; `None` where it is damaged.
    fn define(&mut self, mut content: &[u8]) -> Option<()> {
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
struct Table {
    /// By the next [`QUICK_BITS`] bits: a code's length and symbol; length 0 where the code is longer.
    quick: Vec<(u8, u8)>,
    /// Of each length from 1 to 16: the code behind the last one, to the left of 16 bits, and the place of its symbol.
    ends: [(u32, i32); 16],
    symbols: Vec<u8>,
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
    fn zeros_end_blocks(&self) -> bool {
        self.symbols.first() == Some(&0)
    }

    /// The symbol of the next code; `None` where there is none, or the data ends.
    fn symbol(&self, bits: &mut Bits<'_>) -> Option<u8> {
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
struct Bits<'a> {
    data: &'a [u8],
    place: usize,
    /// What was taken from the data and not yet used: the upper bits.
    held: u64,
    count: u32,
    /// Bits that are held and are none of the data: zeros behind its end.
    beyond: u32,
}

impl<'a> Bits<'a> {
    fn new(data: &'a [u8]) -> Self {
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
    fn skip(&mut self, bits: u32) -> Option<()> {
        self.peek();
        self.held <<= bits;
        self.count -= bits;
        (self.count >= self.beyond).then_some(())
    }

    /// The place of the next marker, or of the end, and how many whole bytes before it were not used.
    fn to_marker(&self) -> (usize, usize) {
        let rest = &self.data[self.place..];
        let marker = rest.windows(2).position(|pair| pair[0] == 0xFF && pair[1] != 0 && pair[1] != 0xFF);
        let length = marker.unwrap_or(rest.len());
        // Zeros and ones alone are padding.
        let unused = rest[..length].iter().filter(|byte| !matches!(byte, 0 | 0xFF)).count();
        (self.place + length, unused + (self.count.saturating_sub(self.beyond) / 8) as usize)
    }
}

#[cfg(test)]
mod tests {
    use image::codecs::jpeg::JpegEncoder;
    use image::{DynamicImage, RgbImage};
    use proptest::prelude::*;

    use super::*;
    use crate::jpeg::{EOI, SOI};

    /// A picture full of edges, as JPEG.
    fn picture(width: u32, height: u32, grey: bool, quality: u8) -> Vec<u8> {
        let pixels = RgbImage::from_fn(width, height, |x, y| {
            let value = x.wrapping_mul(2_654_435_761).wrapping_add(y.wrapping_mul(40_503) ^ x) >> 7;
            image::Rgb([value as u8, (value >> 3) as u8, (x * y) as u8])
        });
        let pixels = DynamicImage::ImageRgb8(pixels);
        let pixels = if grey { DynamicImage::ImageLuma8(pixels.into_luma8()) } else { pixels };
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(&pixels).expect("it is encoded");
        bytes
    }

    /// Where the scan's data begins.
    fn data_start(bytes: &[u8]) -> usize {
        segments(bytes, 2).find(|segment| segment.marker == SOS).expect("it has a scan").end
    }

    #[test]
    fn the_standard_tables_are_those_that_encoders_write() {
        let bytes = picture(16, 16, false, 90);
        let written: Vec<u8> = segments(&bytes, 2)
            .filter(|segment| segment.marker == DHT)
            .flat_map(|own| own.content.to_vec())
            .collect();
        let mut wanted = Tables::default();
        wanted.define(&TABLES).expect("they are whole");
        let mut found = Tables::default();
        found.define(&written).expect("they are whole");
        for (wanted, found) in wanted.dc.iter().chain(&wanted.ac).zip(found.dc.iter().chain(&found.ac)) {
            assert_eq!((&wanted.symbols, wanted.ends), (&found.symbols, found.ends));
        }
    }

    #[test]
    fn zeros_are_no_data_where_they_end_no_block() {
        let mut bytes = picture(64, 64, false, 90);
        let (start, end) = (data_start(&bytes), bytes.len() - 2);
        bytes.splice(start + (end - start) / 2..end, vec![0; 4000]);
        assert_eq!(blocks(&bytes), Blocks::Missing);
    }

    proptest! {
        #[test]
        fn a_whole_picture_is_whole_with_its_end_without_it_or_padded(
            (width, height) in (8_u32..80, 8_u32..80), grey: bool, quality in 5_u8..=100, padding in 0_usize..600,
        ) {
            let bytes = picture(width, height, grey, quality);
            prop_assert_eq!(blocks(&bytes), Blocks::Whole);
            let mut without = bytes[..bytes.len() - 2].to_vec();
            without.resize(without.len() + padding, 0);
            prop_assert_eq!(blocks(&without), Blocks::Whole);
        }

        #[test]
        fn a_picture_that_is_cut_is_not_whole_though_it_has_an_end(
            (width, height) in (24_u32..80, 24_u32..80), grey: bool, quality in 50_u8..=100,
            part in 0.0..0.9_f64, end: bool, padding in 0_usize..600,
        ) {
            let bytes = picture(width, height, grey, quality);
            let start = data_start(&bytes);
            let mut cut = bytes[..start + ((bytes.len() - start) as f64 * part) as usize].to_vec();
            if end {
                cut.extend([0xFF, EOI]);
            } else {
                cut.resize(cut.len() + padding, 0);
            }
            prop_assert_eq!(blocks(&cut), Blocks::Missing);
        }

        #[test]
        fn any_bytes_are_walked_through(bytes in proptest::collection::vec(any::<u8>(), 0..400), place in 0.0..1.0_f64) {
            let mut damaged = picture(32, 32, false, 80);
            let at = (damaged.len() as f64 * place) as usize;
            let end = damaged.len().min(at + bytes.len());
            damaged.splice(at..end, bytes.iter().copied());
            let _ = (blocks(&damaged), blocks(&[&[0xFF, SOI, 0xFF], &bytes[..]].concat()));
        }
    }
}
