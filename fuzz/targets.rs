//! What is fuzzed. Each takes any bytes at all, and tells in a few words what came of them: a text that is new is a way
//! that was not gone before.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use sleevesight::config::Config;
use sleevesight::frame::{Frame, Range, Yuyv};
use sleevesight::kiosk::{House, Kiosk, KioskSettings, Serving};
use sleevesight::network::{Bundle, Network};
use sleevesight::picture;
use sleevesight::station::Bulletin;
use sleevesight::stock::{Rule, rows};
use sleevesight::words::{Line, PASSES, WordReader, WordsFolder, decoded};
use tempfile::TempDir;

/// A target: its name, what it does with bytes, and how many megabytes it may take for them.
pub(crate) type Target = (&'static str, fn(&[u8]) -> String, usize);

/// All of them.
pub(crate) const TARGETS: [Target; 13] = [
    ("mjpg", mjpg, 600),
    ("yuyv", yuyv, 600),
    ("picture", still, 600),
    ("bundle", bundle, 16),
    ("rule", rule, 16),
    ("onnx", onnx, 64),
    ("config", config, 16),
    ("table", table, 16),
    ("http", http, 16),
    ("lines", lines, 96),
    ("letters", letters, 16),
    ("weights", weights, 32),
    ("names", names, 32),
];

fn told<T, E: std::fmt::Display>(outcome: Result<T, E>, good: impl FnOnce(T) -> String) -> String {
    match outcome {
        Ok(value) => good(value),
        Err(error) => error.to_string(),
    }
}

/// A camera's frame of motion JPEG.
pub(crate) fn mjpg(bytes: &[u8]) -> String {
    told(Frame::from_mjpg(bytes, None, Duration::ZERO, "fuzz".into()), |frame| {
        format!("{:?}", frame.picture.dimensions())
    })
}

/// A camera's frame of YUYV: the first bytes say what the driver says of it.
pub(crate) fn yuyv(bytes: &[u8]) -> String {
    let Some((head, pixels)) = bytes.split_first_chunk::<13>() else { return "short".into() };
    let number =
        |place: usize| u32::from_le_bytes([head[place], head[place + 1], head[place + 2], head[place + 3]]);
    let range = if head[12] & 1 == 0 { Range::Full } else { Range::Limited };
    let layout = Yuyv { width: number(0), height: number(4), stride: number(8) as usize, range };
    told(Frame::from_yuyv(pixels, layout, Duration::ZERO, "fuzz".into()), |_| "a frame".into())
}

/// A still picture.
pub(crate) fn still(bytes: &[u8]) -> String {
    told(picture::decode(bytes), |picture| format!("{:?}", picture.dimensions()))
}

/// A folder with a small bundle, whose network is a few bytes.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("network.onnx"), b"network").expect("the folder takes files");
        fs::write(folder.path().join("directions.f32"), [0; 64]).expect("the folder takes files");
        folder
    });
    folder.path()
}

/// `bundle.toml`.
pub(crate) fn bundle(bytes: &[u8]) -> String {
    fs::write(folder().join("bundle.toml"), bytes).expect("the folder takes files");
    told(Bundle::open(folder()), |bundle| format!("{} genres", bundle.genres.len()))
}

/// `stock.toml`, and the file with directions that it names.
pub(crate) fn rule(bytes: &[u8]) -> String {
    static BUNDLE: OnceLock<Bundle> = OnceLock::new();
    let bundle = BUNDLE.get_or_init(|| {
        fs::write(folder().join("bundle.toml"), small_bundle()).expect("the folder takes files");
        Bundle::open(folder()).expect("a small bundle")
    });
    fs::write(folder().join("stock.toml"), bytes).expect("the folder takes files");
    told(Rule::open(bundle), |rule| format!("directions of {}", rule.metric.length()))
}

/// A network, in a bundle that is otherwise whole.
pub(crate) fn onnx(bytes: &[u8]) -> String {
    static BUNDLE: OnceLock<Bundle> = OnceLock::new();
    let bundle = BUNDLE.get_or_init(|| {
        fs::write(folder().join("bundle.toml"), small_bundle()).expect("the folder takes files");
        Bundle::open(folder()).expect("a small bundle")
    });
    let bundle = Bundle { onnx: bytes.to_vec(), ..bundle.clone() };
    told(Network::load(&bundle), |network| format!("loads: {:?}", network.fusion()))
}

/// The configuration.
pub(crate) fn config(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => told(Config::parse(text), |_| "a configuration".into()),
        Err(_) => "no text".into(),
    }
}

/// A table of records.
pub(crate) fn table(bytes: &[u8]) -> String {
    told(rows(bytes, Some("no-such-folder".as_ref())), |table| {
        table.rows.first().map_or("no rows".into(), |row| {
            row.as_ref().map_or_else(|bad| bad.reason.clone(), |_| "a row".into())
        })
    })
}

/// What is sent to the kiosk.
pub(crate) fn http(bytes: &[u8]) -> String {
    static KIOSK: OnceLock<(SocketAddr, Serving)> = OnceLock::new();
    let (address, _) = KIOSK.get_or_init(|| {
        let listen = "127.0.0.1:0".parse().expect("an address");
        let kiosk = Kiosk::bind(&KioskSettings { listen, ..KioskSettings::default() }).expect("a port");
        let address = kiosk.address();
        (address, kiosk.serve(Arc::<Bulletin>::default(), House::default()).expect("threads"))
    });
    let mut stream = TcpStream::connect(address).expect("the kiosk listens");
    stream.set_read_timeout(Some(Duration::from_secs(2))).expect("a time-out can be set");
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    // Events have no end: what is answered first tells what came of it.
    let mut answer = [0; 512];
    let length = stream.read(&mut answer).unwrap_or(0);
    let answer = String::from_utf8_lossy(&answer[..length]);
    let status =
        answer.chars().skip(9).take(3).filter_map(|digit| char::from_digit(digit.to_digit(10)? + 10, 20));
    // The sentence stands at the end.
    status.chain(answer.rsplit("error").next().unwrap_or_default().chars().take(50)).collect()
}

/// The lines of several passes, of which names are looked for: a line each, a pass ends at a form feed. The first two
/// bytes of a line say how surely it was read, and where it stands.
pub(crate) fn lines(bytes: &[u8]) -> String {
    static READER: OnceLock<WordReader> = OnceLock::new();
    let reader = READER.get_or_init(|| {
        let bundle = Bundle::open("models/default".as_ref()).expect("the shipped bundle");
        let files =
            WordsFolder::open(&bundle.folder, &bundle.sha256).expect("they are whole").expect("there");
        let fusion = files.fusion().expect("it was fitted");
        WordReader::open(files.list(), fusion, |name| files.file(name)).expect("they can be used")
    });
    let line = |line: &[u8]| {
        let (head, text) = line.split_at_checked(2).unwrap_or((&[200, 0], line));
        let (x, y) = (f32::from(head[1] % 16) / 16.0, f32::from(head[1] / 16) / 16.0);
        let corners = [[x, y], [x + 0.3, y], [x + 0.3, y + 0.1], [x, y + 0.1]];
        Line { text: String::from_utf8_lossy(text).into(), confidence: f32::from(head[0]) / 255.0, corners }
    };
    let pass = |pass: &[u8]| pass.split(|byte| *byte == b'\n').take(8).map(line).collect();
    let passes: Vec<Vec<Line>> = bytes.split(|byte| *byte == 0x0c).take(PASSES).map(pass).collect();
    let evidence = reader.weigh(&passes);
    let certain = |value: &f32| (0.0..=1.0).contains(value);
    assert!(evidence.artist.iter().all(|artist| certain(&artist.confidence)), "{evidence:?}");
    assert!(evidence.classifier.iter().chain(&evidence.names).all(|value| value.is_finite()), "{evidence:?}");
    assert!(evidence.counted.iter().all(|place| *place < evidence.lines.len()), "{evidence:?}");
    let (artist, album) = (evidence.artist.is_some(), evidence.album.is_some());
    format!("{} lines, artist {artist}, album {album}", evidence.lines.len().min(3))
}

/// The recogniser's output: the first byte says how many classes there are.
pub(crate) fn letters(bytes: &[u8]) -> String {
    let Some((classes, values)) = bytes.split_first() else { return "short".into() };
    let (values, _) = values.as_chunks::<4>();
    let values: Vec<f32> = values.iter().map(|value| f32::from_le_bytes(*value)).collect();
    let known: Vec<char> = "a b\u{7}\u{1b}ё中".chars().collect();
    let (text, confidence) = decoded(&values, usize::from(*classes), &known);
    assert!(
        !text.chars().any(char::is_control) && (0.0..=1.0).contains(&confidence),
        "{text:?} {confidence}"
    );
    text.chars().take(4).collect()
}

/// A bundle's small words: a table each, and what else there must be.
fn opened_with(list: &str, fusion: &str, table: u8, rows: &[u8]) -> String {
    let compressed = |rows: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(rows).expect("memory takes it");
        encoder.finish().expect("memory takes it")
    };
    let known: [&[u8]; 3] = [b"Miles Davis\t4:100\t9\t60\t3\t0\n", b"0\tKind of Blue\t1959\n", b""];
    let tables: Vec<Vec<u8>> = (0..3_u8)
        .map(|place| match table {
            _ if place != table % 4 => compressed(known[usize::from(place)]),
            // As it is: mostly no gzip at all.
            0x80.. => rows.to_vec(),
            _ => compressed(rows),
        })
        .collect();
    let weights = vec![0; (2 << 14) * 16];
    let file = |name: &str| -> Option<&[u8]> {
        Some(match name {
            "artists.tsv.gz" => &tables[0],
            "albums.tsv.gz" => &tables[1],
            "labels.tsv.gz" => &tables[2],
            "classifier.i8" => &weights,
            "letters.txt" => b"abc",
            _ => b"",
        })
    };
    told(WordReader::open(list, fusion, file), |reader| {
        let corners = [[0.0, 0.0], [1.0, 0.0], [1.0, 0.2], [0.0, 0.2]];
        let line = |text: &str| Line { text: text.into(), confidence: 0.99, corners };
        let evidence = reader.weigh(&[vec![line("MILES DAVIS"), line("Kind of Blue")]]);
        format!("opens: {:?}", evidence.artist.is_some())
    })
}

/// `words.toml`, or `fusion.toml`, by the first byte.
pub(crate) fn weights(bytes: &[u8]) -> String {
    let Some((which, text)) = bytes.split_first() else { return "short".into() };
    let Ok(text) = std::str::from_utf8(text) else { return "no text".into() };
    let (list, fusion) = shipped_weights();
    let (list, fusion) = if which & 1 == 0 { (text, fusion.as_str()) } else { (list.as_str(), text) };
    opened_with(list, fusion, 3, &[])
}

/// A table of artists, albums or labels, by the first byte.
pub(crate) fn names(bytes: &[u8]) -> String {
    let Some((which, rows)) = bytes.split_first() else { return "short".into() };
    let (list, fusion) = shipped_weights();
    opened_with(list, fusion, *which, rows)
}

/// The texts of `words.toml` and `fusion.toml` that ship.
pub(crate) fn shipped_weights() -> &'static (String, String) {
    static TEXTS: OnceLock<(String, String)> = OnceLock::new();
    let read = |name| fs::read_to_string(Path::new("models/default/words").join(name)).expect("it is there");
    TEXTS.get_or_init(|| (read("words.toml"), read("fusion.toml")))
}

/// The `bundle.toml` that fuzzing begins with.
pub(crate) fn small_bundle() -> String {
    let levels = |name| format!("[thresholds.{name}]\ngenre = 0.5\nfamily = 0.6\n");
    let genre = |id| {
        format!(
            "[[genres]]\nid = \"{id}\"\nfamily = \"f\"\nen = \"{id}\"\nru = \"{id}\"\ncolor = \"#0077bb\"\n"
        )
    };
    [
        "format = 1\nname = \"small\"\n[input]\nsize = 32\nmean = [127.0, 127.0, 127.0]\nstd = [128.0, 128.0, 128.0]\n\
         filter = \"triangle\"\n[network]\nfile = \"network.onnx\"\n\
         sha256 = \"3009be769fb8f956e8413ee9f3e0836e34968bc40457d0a10c549d2edcf00cc1\"\nembedding = 4\n\
         [calibration]\ntemperature = 1.5\n",
        &levels("low"),
        &levels("normal"),
        &levels("high"),
        "[[families]]\nid = \"f\"\nen = \"F\"\nru = \"F\"\n",
        &genre("a"),
        &genre("b"),
        "[training]\nseed = 1\n[figures]\ncovers = 1\naccuracy = 0.5\nbalanced_accuracy = 0.5\nmacro_f1 = 0.5\ntop3 = 0.9\n",
    ]
    .concat()
}

/// The `stock.toml` that fuzzing begins with.
pub(crate) fn small_rule() -> String {
    "network = \"3009be769fb8f956e8413ee9f3e0836e34968bc40457d0a10c549d2edcf00cc1\"\nnear = 1.0\nclearness = 0.5\nusual = 0.2\nsame = 0.9\n\
         [metric]\nfile = \"directions.f32\"\nsha256 = \"f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b\"\n"
        .to_owned()
}
