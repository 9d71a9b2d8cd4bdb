//! The doctor finds what is wrong with a station, says it in both languages, and says what to type.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use sleevesight::camera::{CameraError, Source};
use sleevesight::config::{CameraSettings, Config, ShortCode};
use sleevesight::doctor::{ChipSeen, Devices, Finding, Outcome, Shop, Shots, System, examine};
use sleevesight::model::{Hidden, hidden};

use crate::common::sleevesight;
use predicates::prelude::predicate;

/// A Raspberry Pi that is well, and to which any harm may be done.
struct Board {
    texts: BTreeMap<&'static str, String>,
    refused: BTreeMap<&'static str, io::ErrorKind>,
    free: u64,
    now: Duration,
    camera: fn() -> Result<Shots, CameraError>,
    chips: Vec<ChipSeen>,
}

fn shots() -> Result<Shots, CameraError> {
    Ok(Shots {
        path: "/dev/video0".into(),
        card: "C270 HD WEBCAM".into(),
        format: "MJPG".into(),
        size: (1280, 720),
        frames: 30,
        took: Duration::from_secs(2),
        dropped: 0,
    })
}

const MODEL: &str = "/proc/device-tree/model";
const ZONE: &str = "/sys/class/thermal/thermal_zone0/temp";
const THROTTLED: &str = "/sys/devices/platform/soc/soc:firmware/get_throttled";
const STATE: &str = "/var/lib/sleevesight";
const STOCK: &str = "/var/lib/sleevesight/stock.db";

impl Default for Board {
    fn default() -> Self {
        let texts = [
            ("/proc/sys/kernel/arch", "aarch64"),
            (MODEL, "Raspberry Pi 4 Model B Rev 1.5"),
            (ZONE, "51200"),
            (THROTTLED, "0"),
        ];
        let chip = |label: &str, lines| ChipSeen { label: label.into(), lines, used: Vec::new() };
        Self {
            texts: texts.map(|(path, text)| (path, text.to_owned())).into(),
            refused: BTreeMap::new(),
            free: 9 << 30,
            now: Duration::from_secs(1_795_000_000),
            camera: shots,
            chips: vec![chip("raspberrypi-exp-gpio", 8), chip("pinctrl-bcm2711", 58)],
        }
    }
}

impl Board {
    fn refusal(&self, path: &Path) -> io::Result<()> {
        match path.to_str().and_then(|path| self.refused.get(path)) {
            Some(kind) => Err((*kind).into()),
            None => Ok(()),
        }
    }
}

impl System for Board {
    fn text(&self, path: &Path) -> io::Result<String> {
        let text = path.to_str().and_then(|path| self.texts.get(path));
        text.cloned().ok_or(io::ErrorKind::NotFound.into())
    }

    fn names(&self, folder: &Path) -> Vec<String> {
        let below = self.texts.keys().filter_map(|path| Path::new(path).strip_prefix(folder).ok());
        below.filter_map(|path| Some(path.iter().next()?.to_string_lossy().into_owned())).collect()
    }

    fn open(&self, device: &Path) -> io::Result<()> {
        self.refusal(device)
    }

    fn keep(&self, folder: &Path) -> io::Result<()> {
        self.refusal(folder)
    }

    fn free(&self, _: &Path) -> io::Result<u64> {
        Ok(self.free)
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.now
    }
}

impl Devices for Board {
    fn watch(&self, _: &Source, _: &CameraSettings) -> Result<Shots, CameraError> {
        (self.camera)()
    }

    fn chips(&self) -> io::Result<Vec<ChipSeen>> {
        self.refusal("gpio".as_ref()).map(|()| self.chips.clone())
    }

    fn answers(&self, _: &Path, _: u8) -> io::Result<()> {
        self.refusal("0x3c".as_ref())
    }
}

fn everything() -> Config {
    Config::parse(
        "source = 'v4l:auto'\n[indicators.gpio]\nsure = 17\nbusy = 27\ngenres = { jazz = 16 }\n\
         [indicators.strip]\n[indicators.oled]",
    )
    .expect("a configuration")
}

fn shop() -> Shop<'static> {
    Shop {
        bundle: Ok("lite0-192".into()),
        words: Some(Ok(true)),
        stock: Some((Path::new(STOCK), Ok(1200))),
        state: Some(Path::new(STATE)),
        genres: Ok(()),
        short_code: None,
        hidden: None,
    }
}

#[test]
fn a_code_of_too_few_lines_is_said_with_the_genres_that_light_none() {
    let board = Board::default();
    let unlit = vec!["world".to_owned(), "soundtrack".to_owned()];
    let short = ShortCode { lines: 4, genres: 17, need: 5, unlit };
    let findings = examine(&everything(), &board, &board, &Shop { short_code: Some(short), ..shop() });
    assert_eq!(wrong(&findings), ["configuration"]);
    let finding = findings.iter().find(|finding| finding.is_wrong()).expect("it is found");
    let Outcome::Wrong { what, advice } = &finding.outcome else { panic!("it is wrong") };
    for text in [&what.en, &what.ru] {
        assert!(text.contains("world, soundtrack") && text.contains('4'), "{text}");
    }
    assert!(advice.en.contains("name 5 lines") && advice.ru.contains("линий: 5"), "{advice:?}");
}

#[test]
fn whether_the_words_on_sleeves_are_read_is_said() {
    let board = Board::default();
    let off = Config::parse("words = false").expect("a configuration");
    let damaged = "words/detector.onnx is damaged; copy the whole bundle again";
    for (config, words, told) in [
        (everything(), Some(Ok(true)), "read"),
        (everything(), Some(Ok(false)), "this model reads none"),
        (everything(), None, "not looked at"),
        (everything(), Some(Err(damaged.to_owned())), damaged),
        (off, Some(Ok(true)), "switched off"),
    ] {
        let is_broken = matches!(words, Some(Err(_)));
        let findings = examine(&config, &board, &board, &Shop { words, ..shop() });
        let finding = findings.iter().find(|finding| finding.about.en == "words on sleeves");
        let (en, ru) = match &finding.expect("it is looked at").outcome {
            Outcome::Well(text) | Outcome::Unused(text) => (&text.en, &text.ru),
            Outcome::Wrong { what, advice } => {
                assert!(
                    is_broken && advice.en.contains("sudo ") && advice.ru.contains("sudo "),
                    "{advice:?}"
                );
                (&what.en, &what.ru)
            }
        };
        assert!(en.contains(told) && ru != en, "{en} {ru}");
        assert_eq!(wrong(&findings).contains(&"words on sleeves"), is_broken);
    }
}

#[test]
fn a_newer_model_of_the_package_that_is_hidden_is_said() {
    let board = Board::default();
    let newer = Hidden { name: "lite0".into(), made: "2026-12-01".into() };
    let hidden = Some((newer, "sudo sleevesight model back".to_owned()));
    let findings = examine(&everything(), &board, &board, &Shop { hidden, ..shop() });
    assert_eq!(wrong(&findings), [""; 0], "the owner may want it so");
    let finding = findings.iter().find(|finding| finding.about.en == "model").expect("it is looked at");
    let Outcome::Well(text) = &finding.outcome else { panic!("it is well") };
    for text in [&text.en, &text.ru] {
        let parts = ["lite0-192", "2026-12-01", "sudo sleevesight model back"];
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    }
}

#[test]
fn a_bundle_is_newer_by_the_latest_day_that_its_files_name() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bundle = |name: &str, days: [&str; 3]| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.join("words")).expect("a folder");
        let made = |day: &str| if day.is_empty() { String::new() } else { format!("made = \"{day}\"\n") };
        let files = [
            ("bundle.toml", format!("name = \"{name}\"\n[training]\n{}", made(days[0]))),
            ("words/words.toml", made(days[1])),
            ("words/fusion.toml", made(days[2])),
        ];
        let _ = files.map(|(file, text)| fs::write(path.join(file), text).expect("the folder takes files"));
        path
    };
    let own = bundle("own", ["2026-11-30", "", ""]);
    let newer = bundle("newer", ["2026-12-01", "", ""]);
    let words = bundle("words", ["2026-11-30", "2026-12-02", ""]);
    let fused = bundle("fused", ["2026-11-30", "", "2026-12-03"]);
    let old = bundle("old", ["", "", ""]);
    let wrong = bundle("wrong", ["tomorrow", "9999-99-9x", ""]);
    let told = |installed: &Path, packaged: &Path| hidden(installed, packaged).map(|hidden| hidden.made);
    assert_eq!(told(&own, &newer).as_deref(), Some("2026-12-01"));
    assert_eq!(told(&own, &words).as_deref(), Some("2026-12-02"));
    assert_eq!(told(&words, &fused).as_deref(), Some("2026-12-03"));
    assert_eq!(hidden(&old, &own).map(|hidden| hidden.name).as_deref(), Some("own"));
    for (installed, packaged) in [(&newer, &own), (&own, &own), (&own, &old), (&old, &wrong), (&old, &old)] {
        assert_eq!(told(installed, packaged), None, "{installed:?} {packaged:?}");
    }
    assert_eq!(told(&folder.path().join("none"), &folder.path().join("none")), None);
}

fn wrong(findings: &[Finding]) -> Vec<&str> {
    findings.iter().filter(|finding| finding.is_wrong()).map(|finding| finding.about.en.as_str()).collect()
}

/// What is wrong with this board, this configuration and this shop: its one finding, in English, and what to do.
fn one(config: &Config, board: &Board, shop: &Shop<'_>) -> (String, String, String) {
    let findings = examine(config, board, board, shop);
    let found = wrong(&findings);
    assert_eq!(found.len(), 1, "{found:?}");
    let finding = findings.iter().find(|finding| finding.is_wrong()).expect("one");
    let Outcome::Wrong { what, advice } = &finding.outcome else { panic!("{finding:?}") };
    for words in [&finding.about, what, advice] {
        let is_russian = |letter: char| ('а'..='я').contains(&letter.to_ascii_lowercase()) || letter == '°';
        assert!(words.ru.chars().any(is_russian), "{words:?}");
        assert!(!words.en.chars().any(|letter| ('а'..='я').contains(&letter)), "{words:?}");
    }
    (finding.about.en.clone(), what.en.clone(), advice.en.clone())
}

#[test]
fn a_station_that_is_well_is_found_well() {
    let board = Board::default();
    let findings = examine(&everything(), &board, &board, &shop());
    assert_eq!(wrong(&findings), [""; 0], "{findings:?}");
    let all_used = findings.iter().all(|finding| matches!(finding.outcome, Outcome::Well(_)));
    assert!(all_used, "nothing was left out: {findings:?}");
    let pictures = &findings.iter().find(|finding| finding.about.en == "pictures").expect("pictures").outcome;
    let Outcome::Well(words) = pictures else { panic!("{pictures:?}") };
    assert_eq!(words.en, "MJPG 1280 x 720, 15.0 a second");
}

#[test]
fn what_is_not_used_is_not_wrong() {
    let board = Board { texts: BTreeMap::new(), chips: Vec::new(), ..Board::default() };
    let shop = Shop { stock: None, ..shop() };
    let findings = examine(&Config::default(), &board, &board, &shop);
    assert_eq!(wrong(&findings), [""; 0], "{findings:?}");
}

/// What it is about, what is said of it, what to do, and how it is done.
type Harm = (&'static str, &'static str, &'static str, fn(&mut Board));

#[test]
fn each_harm_is_found_and_what_to_type_is_said() {
    let harms: [Harm; 22] = [
        ("64-bit system", "armv7l", "64-bit", |board| {
            board.texts.insert("/proc/sys/kernel/arch", "armv7l".into());
        }),
        ("camera", "there is none", "v4l2-ctl", |board| board.camera = || Err(CameraError::NoCamera)),
        ("camera", "/dev/video9", "v4l:auto", |board| {
            board.camera = || Err(CameraError::NotFound { path: "/dev/video9".into() });
        }),
        ("camera", "no permission", "usermod -aG video", |board| {
            board.camera = || Err(CameraError::NoPermission { path: "/dev/video0".into() });
        }),
        ("camera", "another program", "fuser -v /dev/video0", |board| {
            board.camera = || Err(CameraError::Busy { path: "/dev/video0".into() });
        }),
        ("camera", "no pictures", "UVC", |board| {
            board.camera = || Err(CameraError::NotACamera { path: "/dev/video0".into() });
        }),
        ("camera", "no room", "another USB port", |board| {
            board.camera = || Err(CameraError::NoBandwidth { path: "/dev/video0".into() });
        }),
        ("pictures", "2.0 a second, where 15", "more light", |board| {
            board.camera = || shots().map(|shots| Shots { frames: 4, ..shots });
        }),
        ("pictures", "none", "another USB port", |board| {
            board.camera = || shots().map(|shots| Shots { frames: 0, dropped: 30, ..shots });
        }),
        ("lamps (GPIO)", "no permission", "usermod -aG gpio", |board| {
            board.refused.insert("gpio", io::ErrorKind::PermissionDenied);
        }),
        ("lamps (GPIO)", "second version of the GPIO interface", "CONFIG_GPIO_CDEV_V1", |board| {
            board.refused.insert("gpio", io::ErrorKind::InvalidInput);
        }),
        ("lamps (GPIO)", "no chip \"pinctrl-bcm2711\"", "pinctrl-rp1", |board| {
            board.texts.insert(MODEL, "Raspberry Pi 5 Model B Rev 1.0".into());
            board.chips[1].label = "pinctrl-rp1".into();
        }),
        ("lamps (GPIO)", "`busy` is on line 27", "not pins", |board| board.chips[1].lines = 20),
        ("lamps (GPIO)", "in use by \"spi0 CS0\"", "config.txt", |board| {
            board.chips[1].used = vec![(16, "spi0 CS0".into()), (17, "sleevesight".into())];
        }),
        ("strip (SPI)", "no /dev/spidev0.0", "raspi-config nonint do_spi 0", |board| {
            board.refused.insert("/dev/spidev0.0", io::ErrorKind::NotFound);
        }),
        ("strip (SPI)", "no permission", "usermod -aG spi", |board| {
            board.refused.insert("/dev/spidev0.0", io::ErrorKind::PermissionDenied);
        }),
        ("display (I2C)", "no /dev/i2c-1", "raspi-config nonint do_i2c 0", |board| {
            board.refused.insert("/dev/i2c-1", io::ErrorKind::NotFound);
        }),
        ("display (I2C)", "nothing answers at 0x3c", "i2cdetect -y 1", |board| {
            board.refused.insert("0x3c", io::ErrorKind::TimedOut);
        }),
        ("state folder", "does not serve", "chown -R sleevesight: /var/lib/sleevesight", |board| {
            board.refused.insert(STATE, io::ErrorKind::PermissionDenied);
        }),
        ("disk", "19 MB are free", "apt clean", |board| board.free = 20_000_000),
        ("clock", "1970", "timedatectl set-time", |board| board.now = Duration::from_secs(60)),
        ("temperature", "83 °C", "fan", |board| {
            board.texts.insert(ZONE, "83900".into());
        }),
    ];
    for (about, what, advice, harm) in harms {
        let mut board = Board::default();
        harm(&mut board);
        let (found, said, to_do) = one(&everything(), &board, &shop());
        assert_eq!(found, about, "{said}");
        assert!(said.contains(what), "{said} tells of {what}");
        assert!(to_do.contains(advice), "{to_do} tells of {advice}");
    }
}

#[test]
fn low_voltage_is_told_from_heat() {
    for (flags, what) in
        [("50005", "voltage"), ("50000", "voltage"), ("80000", "slowed down"), ("0x4", "slowed")]
    {
        let mut board = Board::default();
        board.texts.insert(THROTTLED, flags.into());
        let (about, said, _) = one(&everything(), &board, &shop());
        assert_eq!(about, "power");
        assert!(said.contains(what), "{flags}: {said}");
    }
    let mut board = Board::default();
    board.texts.remove(THROTTLED);
    board.texts.insert("/sys/class/hwmon/hwmon1/name", "rpi_volt".into());
    board.texts.insert("/sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1".into());
    assert!(one(&everything(), &board, &shop()).1.contains("voltage"));
}

#[test]
fn what_the_shop_has_is_looked_at() {
    let mut board = Board::default();
    board.texts.insert(STOCK, "SQLite format 3".into());
    let broken = |change: fn(&mut Shop<'_>)| {
        let mut shop = shop();
        change(&mut shop);
        one(&everything(), &board, &shop)
    };
    let (about, _, advice) = broken(|shop| shop.bundle = Err("network.onnx is not the network".into()));
    assert_eq!(about, "model");
    assert!(advice.contains("sleevesight model back"), "{advice}");
    let (about, _, advice) = broken(|shop| shop.stock = Some((Path::new(STOCK), Err("of another".into()))));
    assert_eq!(about, "stock");
    assert!(advice.contains("sleevesight stock renew"), "{advice}");
    let (about, said, _) = broken(|shop| shop.genres = Err("the lamp `jaz` is for no genre".into()));
    assert_eq!(about, "configuration");
    assert!(said.contains("`jaz`"), "{said}");
    assert_eq!(broken(|shop| shop.state = None).0, "state folder");
    // A stock that was not begun yet, and a folder that nobody has configured, are no fault.
    board.texts.remove(STOCK);
    board.refused.insert(STATE, io::ErrorKind::NotFound);
    let begun = Shop { stock: Some((Path::new(STOCK), Err("there is none".into()))), ..shop() };
    let findings = examine(&everything(), &board, &board, &begun);
    assert_eq!(wrong(&findings), [""; 0], "{findings:?}");
    let configured = Config { state: Some(STATE.into()), ..everything() };
    assert!(one(&configured, &board, &begun).2.contains("install -d -o sleevesight"));
}

#[test]
fn a_camera_that_the_station_has_is_well() {
    let mut board =
        Board { camera: || Err(CameraError::Busy { path: "/dev/video0".into() }), ..Board::default() };
    board.texts.insert("/sys/fs/cgroup/system.slice/sleevesight.service/cgroup.procs", "812".into());
    let findings = examine(&everything(), &board, &board, &shop());
    assert_eq!(wrong(&findings), [""; 0], "{findings:?}");
}

#[test]
fn the_exit_status_says_whether_all_is_well_in_either_language() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = folder.path().join("config.toml");
    let text = |source: &str| format!("source = '{source}'\nstate = '{}'", folder.path().display());
    fs::write(&config, text("v4l:/dev/no-such-camera")).expect("the folder takes files");
    for (language, sentence) in [("en", "there is none at /dev/no-such-camera"), ("ru", "камеры нет")]
    {
        sleevesight()
            .args(["doctor", "--bundle", "models/default", "--language", language, "--config"])
            .arg(&config)
            .assert()
            .code(1)
            .stdout(predicate::str::contains(sentence))
            .stdout(predicate::str::contains("lite0"))
            .stdout(
                predicate::str::is_match("(words on sleeves +read)|(слова на обложках +читаются)")
                    .expect("a pattern"),
            );
    }
}
