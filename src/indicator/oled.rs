//! A small display, SSD1306 over I2C, with the genre in English and Russian.

use std::path::PathBuf;

use embedded_graphics::Drawable;
use embedded_graphics::mono_font::iso_8859_5::{FONT_6X10, FONT_7X13, FONT_9X18_BOLD, FONT_10X20};
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{DrawTarget, Point, Primitive, Size};
use embedded_graphics::primitives::{PrimitiveStyle, Rectangle};
use embedded_graphics::text::{Alignment, Baseline, Text, TextStyleBuilder};
use embedded_hal::i2c::I2c;
use linux_embedded_hal::I2cdev;
use serde::Deserialize;
use ssd1306::mode::{BufferedGraphicsMode, DisplayConfig};
use ssd1306::prelude::{Brightness, DisplayRotation, DisplaySize128x64, I2CInterface};
use ssd1306::{I2CDisplayInterface, Ssd1306};

use super::{Indicator, IndicatorError};
use crate::station::{Phase, State};
use crate::verdict::Word;

/// The fonts that a line is written in: the largest in which it fits. All have Latin and Cyrillic letters.
const FONTS: [&MonoFont<'_>; 4] = [&FONT_10X20, &FONT_9X18_BOLD, &FONT_7X13, &FONT_6X10];

const WIDTH: u32 = 128;

/// Where the display hangs on the board.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OledSettings {
    /// The I2C bus.
    pub bus: PathBuf,
    /// The display's address on it.
    pub address: u8,
}

impl Default for OledSettings {
    fn default() -> Self {
        Self { bus: "/dev/i2c-1".into(), address: 0x3c }
    }
}

/// What the display says: two lines, English and Russian, and how sure it is, 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The first line.
    pub en: String,
    /// The second line.
    pub ru: String,
    /// The length of the bar, where there is one.
    pub probability: Option<f32>,
}

impl Page {
    /// The page for a state.
    #[must_use]
    pub fn of(state: &State) -> Self {
        let page = |en: &str, ru: &str| Self { en: en.into(), ru: ru.into(), probability: None };
        if state.trouble.is_some() {
            return page("No camera", "Нет камеры");
        }
        match (state.phase, state.sighting.as_ref().map(|sighting| &sighting.verdict.word)) {
            (Phase::Waking, _) => page("Sleevesight", ""),
            (Phase::Moving, _) => page("Hold it still", "Держите ровно"),
            (Phase::Settling, _) => page("Looking…", "Смотрю…"),
            (_, Some(Word::Record(recognition))) => {
                let about = &recognition.known.record.details;
                let place = [recognition.genre.genre.en.as_str(), &about.shelf];
                let place: Vec<&str> = place.into_iter().filter(|part| !part.is_empty()).collect();
                page(&about.title, &place.join("  "))
            }
            (_, Some(Word::Genre(likely))) => Self {
                en: likely.genre.en.clone(),
                ru: likely.genre.ru.clone(),
                probability: Some(likely.probability.clamp(0.0, 1.0)),
            },
            (_, Some(Word::Family(likely))) => Self {
                en: likely.family.en.clone(),
                ru: likely.family.ru.clone(),
                probability: Some(likely.probability.clamp(0.0, 1.0)),
            },
            (_, Some(Word::Unsure)) => page("Hard to say", "Трудно сказать"),
            _ => page("Show a sleeve", "Покажите обложку"),
        }
    }

    /// Draws the page on anything that is 128 pixels wide and at least 64 high.
    ///
    /// # Errors
    ///
    /// The target's own.
    pub fn draw<D: DrawTarget<Color = BinaryColor>>(&self, target: &mut D) -> Result<(), D::Error> {
        for (line, y) in [(&self.en, 12), (&self.ru, 36)] {
            // What is not in the font is left out rather than shown as question marks.
            let line = line.replace('…', "...");
            let widest = line.chars().count() as u32;
            let fits = |font: &&MonoFont<'_>| widest * font.character_size.width <= WIDTH;
            let font = FONTS.into_iter().find(fits).unwrap_or(&FONT_6X10);
            let style =
                TextStyleBuilder::new().alignment(Alignment::Center).baseline(Baseline::Middle).build();
            let character = MonoTextStyle::new(font, BinaryColor::On);
            Text::with_text_style(&line, Point::new(WIDTH as i32 / 2, y), character, style).draw(target)?;
        }
        if let Some(probability) = self.probability {
            let frame = Rectangle::new(Point::new(8, 54), Size::new(WIDTH - 16, 8));
            frame.into_styled(PrimitiveStyle::with_stroke(BinaryColor::On, 1)).draw(target)?;
            let length = (probability * (WIDTH - 20) as f32).round() as u32;
            let bar = Rectangle::new(Point::new(10, 56), Size::new(length, 4));
            bar.into_styled(PrimitiveStyle::with_fill(BinaryColor::On)).draw(target)?;
        }
        Ok(())
    }
}

type Display<B> = Ssd1306<I2CInterface<B>, DisplaySize128x64, BufferedGraphicsMode<DisplaySize128x64>>;

/// A display of 128 x 64 pixels.
pub struct Oled<B> {
    display: Display<B>,
    /// What it shows, where that is known; one that was without power must be told everything anew.
    shown: Option<Option<Page>>,
}

impl<B: I2c> Oled<B> {
    /// A display at this address of a bus.
    pub fn new(bus: B, address: u8) -> Self {
        let interface = I2CDisplayInterface::new_custom_address(bus, address);
        let display = Ssd1306::new(interface, DisplaySize128x64, DisplayRotation::Rotate0);
        Self { display: display.into_buffered_graphics_mode(), shown: None }
    }

    fn turn_to(&mut self, page: Option<Page>) -> Result<(), IndicatorError> {
        if self.shown.as_ref() == Some(&page) {
            return Ok(());
        }
        let is_on = self.shown.take().is_some();
        self.draw(page.as_ref(), is_on).map_err(|reason| IndicatorError {
            indicator: "display".into(),
            reason,
            advice: "check its wires and its address (`i2cdetect -y 1`)",
        })?;
        self.shown = Some(page);
        Ok(())
    }

    fn draw(&mut self, page: Option<&Page>, is_on: bool) -> Result<(), String> {
        if !is_on {
            self.display.init().map_err(|error| format!("{error:?}"))?;
            self.display.set_brightness(Brightness::NORMAL).map_err(|error| format!("{error:?}"))?;
        }
        self.display.clear_buffer();
        if let Some(page) = page {
            page.draw(&mut self.display).map_err(|error| format!("{error:?}"))?;
        }
        self.display.flush().map_err(|error| format!("{error:?}"))
    }
}

impl<B: I2c> Indicator for Oled<B> {
    fn show(&mut self, state: &State) -> Result<(), IndicatorError> {
        self.turn_to(Some(Page::of(state)))
    }

    fn clear(&mut self) -> Result<(), IndicatorError> {
        self.turn_to(None)
    }
}

impl Oled<I2cdev> {
    /// A display on an I2C bus of this machine.
    ///
    /// # Errors
    ///
    /// What is wrong with the bus.
    pub fn open(settings: &OledSettings) -> Result<Self, IndicatorError> {
        let bus = I2cdev::new(&settings.bus).map_err(|error| IndicatorError {
            indicator: format!("display on {}", settings.bus.display()),
            reason: error.to_string(),
            advice: "switch I2C on (`sudo raspi-config`, Interface Options), or take [indicators.oled] out",
        })?;
        Ok(Self::new(bus, settings.address))
    }
}
