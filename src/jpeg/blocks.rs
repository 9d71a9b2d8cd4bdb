//! Whether a JPEG's data holds every block of its picture.
//!
//! Decoders fill what is missing with grey and say nothing. Here the codes are walked through, and no pixel is
//! computed. Source: ITU-T T.81, annexes A.2 (order of blocks), B (segments), F.2.2 and G.2 (order of codes).

use super::huffman::{Bits, MAX_TABLES, Table, Tables};
use super::standard::TABLES;
use super::{DHT, EOI, SOF0, SOF1, SOF2, SOS, Segment, segments, starts_frame};

/// Define restart interval.
const DRI: u8 = 0xDD;

/// Coefficients of a block.
const COEFFICIENTS: usize = 64;

/// The most blocks of a component whose coefficients are kept in mind: of a picture of 12,000 pixels a side.
const MAX_BLOCKS: usize = 1500 * 1500;

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
    /// The file is of another kind than is walked through: lossless, say.
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
                let Some(picture) = &mut picture else { return Blocks::Unknown };
                let Some(scan) = picture.scan(content) else { return Blocks::Missing };
                let Some(length) = scan.walk(&bytes[end..], &tables, interval, &mut picture.known) else {
                    return Blocks::Missing;
                };
                start += length;
                picture.seen += scan.components.len();
                Some(())
            }
            SOF0 | SOF1 | SOF2 => Picture::of(content, marker == SOF2).map(|found| picture = Some(found)),
            _ if starts_frame(marker) => return Blocks::Unknown,
            _ => Some(()),
        };
        if understood.is_none() {
            // What follows a frame that is understood is damaged; a frame that is not may be of another kind.
            return if picture.is_some() { Blocks::Missing } else { Blocks::Unknown };
        }
        // Of a sequential picture, each scan is of components of its own.
        if picture.as_ref().is_some_and(|picture| !picture.is_progressive && picture.is_seen()) {
            return Blocks::Whole;
        }
    }
    // A progressive picture has as many scans as its encoder has made.
    let ends_well = picture.is_some_and(|picture| picture.is_progressive && picture.is_seen());
    if ends_well && is_over(&bytes[start..]) { Blocks::Whole } else { Blocks::Missing }
}

/// Whether behind the last scan there is the end marker, or nothing that could begin another scan.
fn is_over(rest: &[u8]) -> bool {
    let marker = rest.windows(2).find(|pair| pair[0] == 0xFF && !matches!(pair[1], 0 | 0xFF));
    marker.is_none_or(|pair| pair[1] == EOI)
}

fn u16_at(bytes: &[u8], place: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*bytes.get(place)?, *bytes.get(place + 1)?]))
}

/// What a start of frame says.
struct Picture {
    width: usize,
    height: usize,
    components: Vec<Component>,
    is_progressive: bool,
    /// Components whose scans were walked through.
    seen: usize,
    /// Of a progressive picture, the coefficients of each component's blocks that are known not to be zero: a bit each.
    known: Vec<Vec<u64>>,
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
    fn of(content: &[u8], is_progressive: bool) -> Option<Self> {
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
        let fits = precision == 8 && width > 0 && height > 0 && !components.is_empty();
        let fits = fits && components.iter().all(|own| sampled(own.across) && sampled(own.down));
        let known = vec![Vec::new(); components.len()];
        let (width, height) = (width.into(), height.into());
        fits.then_some(Self { width, height, components, is_progressive, seen: 0, known })
    }

    /// Whether as many scans were walked through as there are components.
    fn is_seen(&self) -> bool {
        self.seen >= self.components.len()
    }

    /// The scan that a start of scan begins; `None` where it names what is not in the picture.
    fn scan(&mut self, content: &[u8]) -> Option<Scan> {
        let count = usize::from(*content.first()?);
        let named = content.get(1..1 + 2 * count)?.chunks_exact(2);
        let components: Option<Vec<ScanComponent>> = named
            .map(|about| {
                let place = self.components.iter().position(|component| component.id == about[0])?;
                let of = self.components[place];
                let (dc, ac) = (usize::from(about[1] >> 4), usize::from(about[1] & 15));
                let blocks = if count == 1 { 1 } else { of.across * of.down };
                (dc < MAX_TABLES && ac < MAX_TABLES).then_some(ScanComponent { place, dc, ac, blocks })
            })
            .collect();
        let components = components.filter(|all| !all.is_empty())?;
        let most = |side: fn(&Component) -> usize| self.components.iter().map(side).max().unwrap_or(1);
        let (across, down) = (most(|own| own.across), most(|own| own.down));
        let units = if count == 1 {
            // A component alone has as many blocks as cover its own samples.
            let own = self.components[components[0].place];
            let blocks = |side: usize, of: usize, most: usize| (side * of).div_ceil(most).div_ceil(8);
            blocks(self.width, own.across, across) * blocks(self.height, own.down, down)
        } else {
            self.width.div_ceil(8 * across) * self.height.div_ceil(8 * down)
        };
        let about = content.get(1 + 2 * count..)?;
        let codes = if self.is_progressive {
            let (&[first, last, bits], 1..) = (about.get(..3)?, units) else { return None };
            let codes = Codes::of(first, last, bits >> 4)?;
            if matches!(codes, Codes::First(..) | Codes::More(..)) {
                let known = &mut self.known[components[0].place];
                if count != 1 || units > MAX_BLOCKS {
                    return None;
                }
                known.resize(units, 0);
            }
            codes
        } else {
            Codes::All
        };
        Some(Scan { units, components, codes })
    }
}

/// What a scan's codes are of.
#[derive(Clone, Copy, Debug)]
enum Codes {
    /// All coefficients of a block.
    All,
    /// A progressive block's first coefficient.
    FirstOne,
    /// One more bit of it.
    FirstOneMore,
    /// Its coefficients from this to that place.
    First(usize, usize),
    /// One more bit of these.
    More(usize, usize),
}

impl Codes {
    fn of(first: u8, last: u8, refined: u8) -> Option<Self> {
        let (first, last) = (usize::from(first), usize::from(last));
        match (first, refined) {
            (0, 0) if last == 0 => Some(Self::FirstOne),
            (0, _) if last == 0 => Some(Self::FirstOneMore),
            (1.., _) if first <= last && last < COEFFICIENTS => {
                Some(if refined == 0 { Self::First(first, last) } else { Self::More(first, last) })
            }
            _ => None,
        }
    }
}

/// What is coded between a start of scan and the next marker.
struct Scan {
    /// The units that are coded at once (MCU).
    units: usize,
    components: Vec<ScanComponent>,
    codes: Codes,
}

/// The place of a component in the picture, its tables, and its blocks in a unit.
struct ScanComponent {
    place: usize,
    dc: usize,
    ac: usize,
    blocks: usize,
}

impl Scan {
    /// Walks through all units. Returns how many bytes they have up to the next marker; `None` where some are missing.
    fn walk(&self, data: &[u8], tables: &Tables, interval: usize, known: &mut [Vec<u64>]) -> Option<usize> {
        let known = &mut known[self.components[0].place];
        let zeros_are_data = match self.codes {
            Codes::FirstOne | Codes::FirstOneMore => true,
            _ => self.components.iter().all(|own| tables.ac[own.ac].zeros_end_blocks()),
        };
        let data = if zeros_are_data { data } else { before_padding(data) };
        let (mut done, mut start, mut turn) = (0, 0, 0);
        loop {
            let left = self.units - done;
            let units = if interval == 0 { left } else { left.min(interval) };
            let mut bits = Bits::new(&data[start..]);
            let known = known.get_mut(done..done + units).unwrap_or_default();
            self.interval(&mut bits, tables, units, known)?;
            done += units;
            let (taken, unused) = bits.to_marker();
            if unused > MAX_LEFT_BYTES {
                return None;
            }
            start += taken;
            if done == self.units {
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

    /// Walks through so many units; `known` are their blocks' coefficients, where the scan is of these.
    fn interval(&self, bits: &mut Bits<'_>, tables: &Tables, units: usize, known: &mut [u64]) -> Option<()> {
        let ac = &tables.ac[self.components[0].ac];
        // Blocks that have nothing more, of a progressive picture.
        let mut ended = 0;
        match self.codes {
            Codes::All => (0..units).try_for_each(|_| self.unit(bits, tables)),
            Codes::FirstOne => (0..units).try_for_each(|_| self.first_ones(bits, tables)),
            Codes::FirstOneMore => {
                let blocks: usize = self.components.iter().map(|own| own.blocks).sum();
                (0..units * blocks).try_for_each(|_| bits.skip(1))
            }
            Codes::First(first, last) => known.iter_mut().try_for_each(|known| {
                *known |= first_bits(bits, ac, first, last, &mut ended)?;
                Some(())
            }),
            Codes::More(first, last) => {
                known.iter_mut().try_for_each(|known| more_bits(bits, ac, first, last, &mut ended, known))
            }
        }
    }

    fn unit(&self, bits: &mut Bits<'_>, tables: &Tables) -> Option<()> {
        for component in &self.components {
            let (dc, ac) = (&tables.dc[component.dc], &tables.ac[component.ac]);
            for _ in 0..component.blocks {
                first_one(bits, dc)?;
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

    fn first_ones(&self, bits: &mut Bits<'_>, tables: &Tables) -> Option<()> {
        for component in &self.components {
            for _ in 0..component.blocks {
                first_one(bits, &tables.dc[component.dc])?;
            }
        }
        Some(())
    }
}

/// The difference of a block's first coefficient from that of the block before.
fn first_one(bits: &mut Bits<'_>, dc: &Table) -> Option<()> {
    let size = dc.symbol(bits).filter(|size| *size <= MAX_BITS)?;
    bits.skip(size.into())
}

/// What a code of a progressive block says: after so many zeros, a coefficient of so many bits; or that this and so many
/// blocks more have no further coefficient.
enum Code {
    Coefficient(usize, u32),
    End(u32),
}

fn code(bits: &mut Bits<'_>, ac: &Table) -> Option<Code> {
    let symbol = ac.symbol(bits)?;
    let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
    match (run, size) {
        // Sixteen zeros are coded as fifteen and a coefficient that is none.
        (15, 0) => Some(Code::Coefficient(15, 0)),
        (run, 0) => Some(Code::End((1 << run) - 1 + bits.number(run)?)),
        (run, size) => Some(Code::Coefficient(run as usize, size)),
    }
}

/// Walks through a progressive block's coefficients, and returns those that are not zero.
fn first_bits(bits: &mut Bits<'_>, ac: &Table, first: usize, last: usize, ended: &mut u32) -> Option<u64> {
    let mut known = 0;
    if *ended > 0 {
        *ended -= 1;
        return Some(known);
    }
    let mut place = first;
    while place <= last {
        match code(bits, ac)? {
            Code::End(more) => {
                *ended = more;
                break;
            }
            Code::Coefficient(zeros, size) => {
                bits.skip(size)?;
                place += zeros;
                if place > last {
                    return None;
                }
                known |= u64::from(size > 0) << place;
                place += 1;
            }
        }
    }
    Some(known)
}

/// Walks through one more bit of a progressive block's coefficients: one for each that is known, and codes for others.
fn more_bits(
    bits: &mut Bits<'_>,
    ac: &Table,
    first: usize,
    last: usize,
    ended: &mut u32,
    known: &mut u64,
) -> Option<()> {
    let mut place = first;
    // With this block, where it has nothing more.
    let mut blocks = *ended;
    while blocks == 0 && place <= last {
        let (mut zeros, is_new) = match code(bits, ac)? {
            Code::End(more) => {
                blocks = more + 1;
                break;
            }
            Code::Coefficient(zeros, size) => {
                bits.skip(u32::from(size > 0))?;
                (zeros, size > 0)
            }
        };
        while place <= last {
            if *known >> place & 1 == 1 {
                bits.skip(1)?;
            } else if zeros == 0 {
                break;
            } else {
                zeros -= 1;
            }
            place += 1;
        }
        if is_new {
            if place > last {
                return None;
            }
            *known |= 1 << place;
        }
        place += 1;
    }
    if blocks > 0 {
        for place in place..=last {
            bits.skip((*known >> place & 1) as u32)?;
        }
        *ended = blocks - 1;
    }
    Some(())
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

#[cfg(test)]
mod tests {
    use image::codecs::jpeg::JpegEncoder;
    use image::{DynamicImage, RgbImage};
    use proptest::prelude::*;

    use super::*;
    use crate::jpeg::SOI;

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

    /// A drawn sleeve of 96 x 72 pixels, in ten scans, as Pillow writes it.
    const PROGRESSIVE_PICTURE: &[u8] = include_bytes!("../../tests/pictures/progressive.jpg");

    #[test]
    fn a_progressive_picture_is_whole_or_not_as_well() {
        let bytes = PROGRESSIVE_PICTURE;
        assert_eq!(blocks(bytes), Blocks::Whole);
        assert_eq!(blocks(&bytes[..bytes.len() - 2]), Blocks::Whole, "without its end");
        // Of a picture that ends with one of its scans, nobody knows that there were others.
        let is_marker = |place: usize| bytes[place] == 0xFF && !matches!(bytes[place + 1], 0 | 0xFF);
        let ends_a_scan = |cut: usize| (cut - 1..cut + 4).any(|place| is_marker(place.min(bytes.len() - 2)));
        let mut tried = 0;
        for cut in (data_start(bytes)..bytes.len() - 2).filter(|cut| !ends_a_scan(*cut)) {
            let ended = [&bytes[..cut], &[0xFF, EOI]].concat();
            assert_eq!(blocks(&ended), Blocks::Missing, "cut at {cut}");
            tried += 1;
        }
        assert!(tried > 1500, "{tried}");
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
        fn any_bytes_are_walked_through(bytes in proptest::collection::vec(any::<u8>(), 0..400), place in 0.0..1.0_f64, progressive: bool) {
            let mut damaged = if progressive { PROGRESSIVE_PICTURE.to_vec() } else { picture(32, 32, false, 80) };
            let at = (damaged.len() as f64 * place) as usize;
            let end = damaged.len().min(at + bytes.len());
            damaged.splice(at..end, bytes.iter().copied());
            let _ = (blocks(&damaged), blocks(&[&[0xFF, SOI, 0xFF], &bytes[..]].concat()));
        }
    }
}
