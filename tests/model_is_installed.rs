//! A model from a stick is used only when it is signed, whole, and reads on this machine as it did where it was packed;
//! else the one in use stays in use.

use std::fs::{self, Permissions};
use std::io::Cursor;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use assert_cmd::Command;
use blake2::{Blake2b512, Digest};
use ed25519_compact::{KeyPair, Seed};
use predicates::prelude::predicate;
use proptest::prelude::*;
use sha2::Sha256;
use sleevesight::model::{ModelError, pack, signature_of, unpack};
use tempfile::TempDir;

use crate::common::{root, sleevesight};

/// A key that stands in for the trainer's: the same numbers, for everybody to see.
struct Signer {
    pair: KeyPair,
    id: [u8; 8],
}

impl Signer {
    fn new(number: u8) -> Self {
        Self { pair: KeyPair::from_seed(Seed::new([number; 32])), id: [number; 8] }
    }

    /// As `minisign -G` prints it.
    fn public(&self) -> String {
        base64(&[b"Ed", &self.id[..], &self.pair.pk[..]].concat())
    }

    /// As `minisign -S` writes it beside the file.
    fn sign(&self, file: &Path) {
        let hash = Blake2b512::digest(fs::read(file).expect("the file is there"));
        self.write(file, b"ED", &hash);
    }

    /// As `minisign -S -l` does, and all of them did before 0.10.
    fn sign_as_before(&self, file: &Path) {
        self.write(file, b"Ed", &fs::read(file).expect("the file is there"));
    }

    fn write(&self, file: &Path, kind: &[u8; 2], signed: &[u8]) {
        let signature = self.pair.sk.sign(signed, None);
        let comment = "a test's";
        let whole = self.pair.sk.sign([&signature[..], comment.as_bytes()].concat(), None);
        let text = format!(
            "untrusted comment: a test's\n{}\ntrusted comment: {comment}\n{}\n",
            base64(&[&kind[..], &self.id[..], &signature[..]].concat()),
            base64(&whole[..])
        );
        fs::write(signature_of(file), text).expect("the folder takes files");
    }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let letter = char::from(LETTERS[(word >> (18 - 6 * place) & 63) as usize]);
            text.push(if place <= chunk.len() { letter } else { '=' });
        }
    }
    text
}

/// The files of a parcel with the default bundle, made once, by the program itself.
static FILES: LazyLock<Files> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (golden, parcel) = (folder.path().join("golden"), folder.path().join("lite0.model"));
    fs::create_dir(&golden).expect("a folder");
    let cover = root().join("tests/sleeves/flat/jazz-trumpet.jpg");
    fs::copy(cover, golden.join("jazz-trumpet.jpg")).expect("a copy");
    sleevesight()
        .args(["model", "pack", "models/default"])
        .arg(&parcel)
        .arg("--golden")
        .arg(&golden)
        .assert()
        .success()
        .stdout(predicate::str::contains("minisign -S -m"));
    let unpacked = folder.path().join("unpacked");
    fs::create_dir(&unpacked).expect("a folder");
    unpack(fs::File::open(&parcel).expect("the parcel is there"), &unpacked).expect("it is one");
    let mut files = Vec::new();
    for folder in [unpacked.clone(), unpacked.join("golden"), unpacked.join("words")] {
        if !folder.is_dir() {
            continue;
        }
        for entry in fs::read_dir(folder).expect("it can be listed") {
            let path = entry.expect("an entry").path();
            if path.is_file() {
                let name = path.strip_prefix(&unpacked).expect("below it").display().to_string();
                files.push((name, fs::read(&path).expect("it can be read")));
            }
        }
    }
    files
});

/// A shop with a station: its state, its configuration, and a stick.
pub(crate) struct Shop {
    pub(crate) folder: TempDir,
    signer: Signer,
}

impl Shop {
    pub(crate) fn new() -> Self {
        let shop = Self { folder: tempfile::tempdir().expect("a temporary folder"), signer: Signer::new(7) };
        shop.trusts(&shop.signer.public());
        shop
    }

    fn trusts(&self, key: &str) {
        let state = self.folder.path().join("state");
        let text = format!("words = false\nstate = '{}'\n[model]\nkeys = ['{key}']", state.display());
        fs::write(self.config(), text).expect("the folder takes files");
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder.path().join("config.toml")
    }

    pub(crate) fn models(&self) -> PathBuf {
        self.folder.path().join("state/models")
    }

    /// A signed model of this name on the stick, with whatever else is changed.
    pub(crate) fn stick(&self, name: &str, change: impl Fn(&mut Files)) -> PathBuf {
        let mut files = FILES.clone();
        edit(&mut files, "bundle.toml", |text| {
            let old = text.lines().find(|line| line.starts_with("name = ")).expect("a name").to_owned();
            text.replace(&old, &format!("name = \"{name}\""))
        });
        change(&mut files);
        let path = self.folder.path().join(format!("{name}.model"));
        let mut parcel = Vec::new();
        pack(&files, &mut parcel).expect("a parcel");
        fs::write(&path, parcel).expect("the folder takes files");
        self.signer.sign(&path);
        path
    }

    pub(crate) fn ask(&self, words: &[&str]) -> Command {
        let mut command = sleevesight();
        command.args(words).arg("--config").arg(self.config());
        command
    }

    pub(crate) fn install(&self, file: &Path) -> assert_cmd::assert::Assert {
        self.ask(&["model", "install"]).arg(file).assert()
    }

    /// The folders of models, by what they are called before their hash.
    fn kept(&self) -> Vec<String> {
        let entries = fs::read_dir(self.models()).into_iter().flatten().flatten();
        let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        let mut names: Vec<String> = folders
            .map(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                name.rsplit_once('-').map_or(name.clone(), |(name, _)| name.to_owned())
            })
            .collect();
        names.sort();
        names
    }

    /// The name of the model in use.
    fn in_use(&self) -> String {
        let told = self.ask(&["model", "list"]).assert().success().get_output().stdout.clone();
        let told = String::from_utf8(told).expect("text");
        let line = told.lines().find_map(|line| line.strip_prefix("* ")).expect("one is in use");
        line.split_whitespace().next().expect("a name").to_owned()
    }
}

fn edit(files: &mut [(String, Vec<u8>)], name: &str, change: impl FnOnce(&str) -> String) {
    let (_, bytes) = files.iter_mut().find(|(known, _)| known == name).expect(name);
    *bytes = change(std::str::from_utf8(bytes).expect("text")).into_bytes();
}

#[test]
fn two_are_kept_and_any_of_them_can_be_gone_back_to() {
    let shop = Shop::new();
    let own = shop.in_use();
    for name in ["one", "two", "three"] {
        fs::create_dir_all(shop.models().join(".coming-abc123")).expect("a folder");
        shop.install(&shop.stick(name, |_| {})).success().stdout(predicate::str::contains("is installed"));
        assert_eq!(shop.in_use(), name);
    }
    assert_eq!(shop.kept(), ["three", "two"]);
    let back = || shop.ask(&["model", "back"]).assert().success();
    back();
    assert_eq!(shop.in_use(), "two");
    back();
    assert_eq!(shop.in_use(), "three");
    assert_ne!(own, "three");
}

#[test]
fn the_first_that_is_installed_can_be_left_for_the_packages_own() {
    let shop = Shop::new();
    shop.ask(&["model", "back"]).assert().code(6).stderr(predicate::str::contains("no other model"));
    let own = shop.in_use();
    shop.install(&shop.stick("first", |_| {})).success();
    shop.ask(&["model", "back"]).assert().success();
    assert_eq!(shop.in_use(), own);
    shop.ask(&["model", "back"]).assert().success();
    assert_eq!(shop.in_use(), "first");
    // The same again is no other.
    shop.install(&shop.stick("first", |_| {})).success();
    assert_eq!((shop.in_use(), shop.kept()), ("first".to_owned(), vec!["first".to_owned()]));
    // The service's user reads what another has installed.
    let mode = |path: &str| fs::metadata(shop.models().join(path)).expect(path).permissions().mode() & 0o777;
    assert_eq!(
        (mode("current/."), mode("current/network.onnx"), mode("current/golden")),
        (0o755, 0o644, 0o755)
    );
}

#[test]
fn a_signature_in_minisign_s_old_form_is_named_as_such() {
    let shop = Shop::new();
    let stick = shop.stick("old", |_| {});
    Signer::new(7).sign_as_before(&stick);
    shop.install(&stick).code(6).stderr(predicate::str::contains("signed in minisign's old form"));
    Signer::new(8).sign_as_before(&stick);
    shop.install(&stick).code(6).stderr(predicate::str::contains("not signed by a key of this station"));
}

#[test]
fn what_is_not_signed_by_a_key_of_the_station_is_not_looked_at() {
    let shop = Shop::new();
    let stick = shop.stick("forged", |_| {});
    let mut bytes = fs::read(&stick).expect("a parcel");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&stick, &bytes).expect("the stick takes files");
    shop.install(&stick).code(6).stderr(predicate::str::contains("was changed since"));
    bytes[middle] ^= 1;
    fs::write(&stick, &bytes).expect("the stick takes files");

    shop.trusts(&Signer::new(8).public());
    shop.install(&stick).code(6).stderr(predicate::str::contains("not signed by a key of this station"));
    // Another's key that calls itself as ours does.
    shop.trusts(&Signer { id: [7; 8], ..Signer::new(8) }.public());
    shop.install(&stick).code(6).stderr(predicate::str::contains("not signed by a key of this station"));
    shop.trusts("RWnonsense");
    shop.install(&stick).code(6).stderr(predicate::str::contains("is no public key of minisign"));
    fs::write(shop.config(), format!("state = '{}'", shop.folder.path().join("state").display()))
        .expect("the folder takes files");
    shop.install(&stick).code(6).stderr(predicate::str::contains("keys under [model]"));

    shop.trusts(&shop.signer.public());
    fs::write(signature_of(&stick), "a shopping list").expect("the stick takes files");
    shop.install(&stick).code(6).stderr(predicate::str::contains("is no signature"));
    fs::remove_file(signature_of(&stick)).expect("it is there");
    shop.install(&stick).code(6).stderr(predicate::str::contains("copy the file .minisig"));
    assert_eq!(shop.kept(), [""; 0]);
    shop.signer.sign(&stick);
    shop.install(&stick).success();
}

#[test]
fn what_fails_its_trial_leaves_the_one_in_use() {
    let shop = Shop::new();
    shop.install(&shop.stick("good", |_| {})).success();
    let otherwise = shop.stick("otherwise", |files| {
        edit(files, "golden.toml", |text| {
            let lines = text.lines().map(|line| match line.split_once(" = ") {
                Some((genre, _)) => format!("{genre} = 0.125\n"),
                None => format!("{line}\n"),
            });
            lines.collect()
        });
    });
    shop.install(&otherwise).code(6).stderr(predicate::str::contains("fails its trial"));
    let damaged = shop.stick("damaged", |files| {
        let (_, network) = files.iter_mut().find(|(name, _)| name == "network.onnx").expect("a network");
        network[1000] ^= 1;
    });
    shop.install(&damaged).code(6).stderr(predicate::str::contains("is not the network"));
    let untried = shop.stick("untried", |files| files.retain(|(name, _)| name != "golden.toml"));
    shop.install(&untried).code(6).stderr(predicate::str::contains("golden.toml"));
    let cover = shop.stick("without-cover", |files| files.retain(|(name, _)| !name.starts_with("golden/")));
    shop.install(&cover).code(6).stderr(predicate::str::contains("golden/"));
    let text = fs::read_to_string(shop.config()).expect("a configuration");
    fs::write(shop.config(), format!("{text}\n[indicators.gpio.genres]\nno_such_genre = 5"))
        .expect("the folder takes files");
    shop.install(&shop.stick("lampless", |_| {}))
        .code(6)
        .stderr(predicate::str::contains("the configuration does not fit the model lampless"));
    fs::write(shop.config(), text).expect("the folder takes files");
    assert_eq!((shop.in_use(), shop.kept()), ("good".to_owned(), vec!["good".to_owned()]));
}

#[test]
fn one_that_breaks_in_its_place_is_passed_over_for_the_one_before() {
    let shop = Shop::new();
    shop.install(&shop.stick("before", |_| {})).success();
    shop.install(&shop.stick("after", |_| {})).success();
    let network = fs::canonicalize(shop.models().join("current")).expect("a link").join("network.onnx");
    let mut bytes = fs::read(&network).expect("a network");
    bytes[1000] ^= 1;
    fs::write(&network, bytes).expect("it can be written");
    let scene = "tests/sleeves/scenes/soul-circles.jpg";
    shop.ask(&["classify", scene])
        .assert()
        .success()
        .stderr(predicate::str::contains("is not the network that bundle.toml was written for"));
    // Whoever installs it again has mended it.
    shop.install(&shop.stick("after", |_| {})).success();
    shop.ask(&["classify", scene]).assert().success().stderr("");
    assert_eq!((shop.in_use(), shop.kept()), ("after".to_owned(), vec!["after".into(), "before".into()]));
}

#[test]
fn installing_removes_no_folder_that_was_not_installed() {
    let shop = Shop::new();
    let own = [shop.models().join("llama/weights.bin"), shop.models().join(".coming-soon/golden/a.txt")];
    for file in &own {
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(file, "the owner's").expect("the folder takes files");
    }
    shop.install(&shop.stick("one", |_| {})).success();
    let note = fs::canonicalize(shop.models().join("current")).expect("a link").join("golden/my-notes.txt");
    fs::write(&note, "the owner's").expect("the folder takes files");
    for name in ["two", "three"] {
        shop.install(&shop.stick(name, |_| {})).success();
    }
    for file in own.iter().chain([&note]) {
        assert_eq!(fs::read_to_string(file).expect("it is there"), "the owner's", "{}", file.display());
    }
    let network = note.ancestors().nth(2).expect("its model").join("network.onnx");
    assert!(!network.exists(), "what was installed and is not used any more is removed");
}

#[test]
fn a_link_in_the_place_of_the_models_is_not_followed() {
    let shop = Shop::new();
    let others = shop.folder.path().join("others/thesis");
    fs::create_dir_all(&others).expect("a folder");
    fs::create_dir_all(shop.models().parent().expect("the state's folder")).expect("a folder");
    symlink(shop.folder.path().join("others"), shop.models()).expect("a link");
    shop.install(&shop.stick("one", |_| {})).code(6).stderr(predicate::str::contains("is a link"));
    assert_eq!(fs::read_dir(others.parent().expect("a folder")).expect("a folder").count(), 1);
    fs::remove_file(shop.models()).expect("the link is there");

    // Nor one that leads out of them.
    fs::create_dir(shop.models()).expect("a folder");
    symlink("..", shop.models().join("current")).expect("a link");
    shop.install(&shop.stick("one", |_| {})).success();
    assert!(others.exists() && shop.in_use() == "one");
}

#[test]
fn root_installs_as_the_owner_of_the_stations_folder() {
    const NOBODY: u32 = 65534;
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let shop = Shop::new();
    let state = shop.models().parent().expect("the state's folder").to_owned();
    fs::create_dir_all(shop.models()).expect("a folder");
    fs::set_permissions(shop.folder.path(), Permissions::from_mode(0o755)).expect("ours");
    let stick = shop.stick("one", |_| {});
    fs::set_permissions(&stick, Permissions::from_mode(0o600)).expect("ours");
    // A folder of models that is another's than the station's is left alone.
    chown(shop.models(), Some(NOBODY), None).expect("root may");
    shop.install(&stick).code(6).stderr(predicate::str::contains("belongs to another user (65534)"));
    assert_eq!(shop.kept(), [""; 0]);
    // Root's own in the station's folder, which an earlier installation may have made, is handed over.
    chown(&state, Some(NOBODY), Some(NOBODY)).expect("root may");
    chown(shop.models(), Some(0), Some(0)).expect("root may");
    shop.install(&stick).success();
    for path in ["", "current/.", "current/network.onnx", "current/golden"] {
        let about = fs::metadata(shop.models().join(path)).expect(path);
        assert_eq!((about.uid(), about.gid()), (NOBODY, NOBODY), "{path}");
    }
}

/// Files that read words, as a model has them: the list, one file, and the fusion for this network.
fn words(files: &mut Files, content: &str) {
    let (_, network) = files.iter().find(|(name, _)| name == "network.onnx").expect("a network");
    let network = hex(network);
    let list = format!("format = 1\n[files]\n\"artists.fst\" = \"{}\"\n", hex(content.as_bytes()));
    let fusion = format!("network = \"{network}\"\nwords = \"{}\"\n", hex(list.as_bytes()));
    for (name, text) in [("artists.fst", content.to_owned()), ("words.toml", list), ("fusion.toml", fusion)] {
        files.push((format!("words/{name}"), text.into_bytes()));
    }
}

#[test]
fn the_files_that_read_words_are_installed_checked_and_gone_back_to() {
    let shop = Shop::new();
    // The default bundle may have such files of its own: these take their place.
    let with = |name: &str, content: &str| {
        shop.stick(name, |files| {
            files.retain(|(name, _)| !name.starts_with("words/"));
            words(files, content);
        })
    };
    let in_use = || fs::read_to_string(shop.models().join("current/words/artists.fst")).expect("it is there");
    shop.install(&with("one", "first")).success();
    assert_eq!(in_use(), "first");
    let mode = |path: &str| fs::metadata(shop.models().join(path)).expect(path).permissions().mode() & 0o777;
    assert_eq!((mode("current/words"), mode("current/words/words.toml")), (0o755, 0o644));
    // Of the same name, and with other words, it is another model.
    shop.install(&with("one", "second")).success();
    assert_eq!(in_use(), "second");
    shop.ask(&["model", "back"]).assert().success();
    assert_eq!(in_use(), "first");

    let refused = |name: &str, change: &dyn Fn(&mut Files), reason: &str| {
        let stick = shop.stick(name, |files| {
            files.retain(|(name, _)| !name.starts_with("words/"));
            words(files, "third");
            change(files);
        });
        shop.install(&stick).code(6).stderr(predicate::str::contains(reason));
    };
    refused("damaged", &|files| edit(files, "words/artists.fst", |_| "x".into()), "is damaged");
    refused("missing", &|files| files.retain(|(name, _)| name != "words/artists.fst"), "is missing");
    refused(
        "unlisted",
        &|files| files.retain(|(name, _)| name != "words/words.toml"),
        "words.toml is missing",
    );
    refused("unfit", &|files| drop(other_network(files)), "was fitted for another network.onnx");
    assert_eq!(in_use(), "first");
}

#[test]
fn packing_takes_the_files_that_read_words_and_no_others() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (bundle, golden) = (folder.path().join("bundle"), folder.path().join("golden"));
    let into = folder.path().join("unpacked");
    for made in [&golden, &into, &bundle.join("words")] {
        fs::create_dir_all(made).expect("a folder");
    }
    fs::copy(root().join("tests/sleeves/flat/jazz-trumpet.jpg"), golden.join("a.jpg")).expect("a copy");
    let mut files: Files = ["bundle.toml", "network.onnx"]
        .map(|name| {
            (name.to_owned(), fs::read(root().join("models/default").join(name)).expect("it is there"))
        })
        .into();
    words(&mut files, "names");
    files.push(("words/notes.txt".into(), b"of nobody's concern".to_vec()));
    for (name, bytes) in &files {
        fs::write(bundle.join(name), bytes).expect("the folder takes files");
    }
    let parcel = folder.path().join("a.model");
    let mut command = sleevesight();
    command.args(["model", "pack"]).arg(&bundle).arg(&parcel).arg("--golden").arg(&golden);
    command.assert().success();
    unpack(fs::File::open(&parcel).expect("the parcel is there"), &into).expect("it is one");
    let mut packed: Vec<String> = fs::read_dir(into.join("words"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    packed.sort();
    assert_eq!(packed, ["artists.fst", "fusion.toml", "words.toml"]);
    fs::write(bundle.join("words/artists.fst"), "other names").expect("it can be written");
    let mut command = sleevesight();
    command.args(["model", "pack"]).arg(&bundle).arg(&parcel).arg("--golden").arg(&golden);
    command.assert().code(6).stderr(predicate::str::contains("artists.fst is damaged"));
}

/// The files of a bundle, by their names.
type Files = Vec<(String, Vec<u8>)>;

/// As the same network, but for a word that says nothing, so that it is another.
pub(crate) fn reworded(files: &mut [(String, Vec<u8>)]) {
    let (before, after) = other_network(files);
    if files.iter().any(|(name, _)| name == "words/fusion.toml") {
        edit(files, "words/fusion.toml", |text| text.replace(&before, &after));
    }
}

/// The same, but for the fusion of picture and words; gives the hashes of both networks.
fn other_network(files: &mut [(String, Vec<u8>)]) -> (String, String) {
    let (_, network) = files.iter_mut().find(|(name, _)| name == "network.onnx").expect("a network");
    let before = hex(network);
    // Field 6 of an ONNX model is a remark; the last that comes counts.
    network.extend([6 << 3 | 2, 1, b'x']);
    let after = hex(network);
    for name in ["bundle.toml", "stock.toml"] {
        edit(files, name, |text| {
            assert!(text.contains(&before), "{name} tells of its network");
            text.replace(&before, &after)
        });
    }
    (before, after)
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_stock_is_read_again_by_another_model_and_stays_with_the_one_that_has_a_rule_for_it() {
    let shop = Shop::new();
    let scene = "tests/sleeves/scenes/soul-circles.jpg";
    let stock = shop.folder.path().join("stock.db").display().to_string();
    let at_stock = |words: &[&str]| shop.ask(words).args(["--stock", &stock]).assert();
    at_stock(&["stock", "add", scene, "--title", "Known"]).success();
    let known = || {
        let told = at_stock(&["classify", "--json", scene]).success().get_output().stdout.clone();
        String::from_utf8(told).expect("text").contains("\"verdict\":\"record\"")
    };
    assert!(known());

    let other = shop.stick("other", |files| reworded(files));
    shop.ask(&["model", "install", "--stock", &stock]).arg(&other).assert().success();
    assert_eq!(shop.in_use(), "other");
    assert!(known(), "its cover was read by the model that was installed");

    let without = shop.stick("without", |files| {
        reworded(files);
        reworded(files);
        files.retain(|(name, _)| name != "stock.toml");
    });
    shop.ask(&["model", "install", "--stock", &stock])
        .arg(&without)
        .assert()
        .failure()
        .stderr(predicate::str::contains("the stock could not be kept with this model"));
    assert_eq!(shop.in_use(), "other");
    assert!(known());

    at_stock(&["model", "back"]).success();
    assert!(known(), "and read again by the one before");
    // Behind the program's back: the station that finds it so says what to do.
    shop.install(&other).success();
    at_stock(&["classify", scene]).code(5).stderr(predicate::str::contains("stock renew --stock"));
}

/// A tar of one entry, whatever it is called.
fn tarred(name: &str, kind: tar::EntryType, size: u64) -> Vec<u8> {
    let mut head = tar::Header::new_ustar();
    head.as_ustar_mut().expect("ustar").name[..name.len()].copy_from_slice(name.as_bytes());
    head.set_entry_type(kind);
    head.set_size(size);
    head.set_mode(0o644);
    head.set_cksum();
    let mut bytes = head.as_bytes().to_vec();
    bytes.resize(2048, 0);
    bytes
}

#[test]
fn what_is_no_part_of_a_model_is_not_unpacked() {
    let refused = [
        ("../bundle.toml", tar::EntryType::Regular, 1),
        ("/etc/passwd", tar::EntryType::Regular, 1),
        ("golden/../bundle.toml", tar::EntryType::Regular, 1),
        ("golden/a.sh", tar::EntryType::Regular, 1),
        (".bundle.toml", tar::EntryType::Regular, 1),
        ("run.sh", tar::EntryType::Regular, 1),
        ("bundle.toml", tar::EntryType::Symlink, 0),
        ("bundle.toml", tar::EntryType::Link, 0),
        ("bundle.toml", tar::EntryType::Char, 0),
        ("bundle.toml", tar::EntryType::Regular, 5 << 20),
        ("network.onnx", tar::EntryType::Regular, 300 << 20),
        ("words/a.onnx", tar::EntryType::Regular, 17 << 20),
        ("words/.hidden", tar::EntryType::Regular, 1),
        ("words/../bundle.toml", tar::EntryType::Regular, 1),
        ("words/deep/a.onnx", tar::EntryType::Regular, 1),
        ("words/", tar::EntryType::Regular, 1),
        ("words/a.onnx", tar::EntryType::Symlink, 0),
        ("sounds/a.onnx", tar::EntryType::Regular, 1),
    ];
    for (name, kind, size) in refused {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let into = folder.path().join("into");
        fs::create_dir(&into).expect("a folder");
        let refusal = unpack(Cursor::new(tarred(name, kind, size)), &into);
        assert!(matches!(refusal, Err(ModelError::Parcel(_))), "{name}: {refusal:?}");
        assert_eq!(fs::read_dir(&into).expect("a folder").count(), 0, "{name}");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_damaged_parcel_is_refused_or_whole_and_never_a_panic(flips in prop::collection::vec((0usize..4096, 0u8..8), 0..8), cut in 0usize..4096) {
        let files = vec![("bundle.toml".to_owned(), vec![b'a'; 700]), ("golden/a.png".to_owned(), vec![7; 900])];
        let mut bytes = Vec::new();
        pack(&files, &mut bytes).expect("a parcel");
        for (place, bit) in flips {
            let place = place % bytes.len();
            bytes[place] ^= 1 << bit;
        }
        bytes.truncate(bytes.len() - cut % bytes.len());
        let folder = tempfile::tempdir().expect("a temporary folder");
        let into = folder.path().join("into");
        fs::create_dir(&into).expect("a folder");
        let _ = unpack(Cursor::new(bytes), &into);
        prop_assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }
}
