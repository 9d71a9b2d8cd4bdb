//! The real program as a shop has it: a folder for all that it keeps, and a station that runs on it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sleevesight::frame::Frame;
use sleevesight::kiosk::PinFile;
use sleevesight::network::Bundle;
use sleevesight::picture;
use sleevesight::reader::{Gaze, Reader};
use sleevesight::stock::Stock;
use sleevesight::verdict::{Caution, Word};
use tempfile::TempDir;

use crate::client::{Answer, Client};
use crate::common::{root, started_by};

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) const PIN: &str = "246810";

/// All that a shop's station keeps.
pub(crate) struct Home {
    folder: TempDir,
    /// Where the stock and the PIN lie.
    pub(crate) state: PathBuf,
    bundle: Option<PathBuf>,
    /// Whether its station reads words: what else is tried takes longer with it.
    words: bool,
}

impl Home {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let state = folder.path().join("state");
        fs::create_dir(&state).expect("the folder takes folders");
        let camera = folder.path().join("camera");
        fs::create_dir(&camera).expect("the folder takes folders");
        fs::copy(scene(), camera.join("a.jpg")).expect("a scene");
        let home = Self { folder, state, bundle: None, words: false };
        home.write();
        home
    }

    /// The same with what is to last elsewhere.
    pub(crate) fn with_state(mut self, state: &Path) -> Self {
        state.clone_into(&mut self.state);
        self.write();
        self
    }

    /// The same with a bundle of its own.
    pub(crate) fn with_bundle(mut self, bundle: &Path) -> Self {
        self.bundle = Some(bundle.to_owned());
        self.write();
        self
    }

    /// The same with a station that reads words.
    pub(crate) fn with_words(mut self) -> Self {
        self.words = true;
        self.write();
        self
    }

    fn write(&self) {
        let mut text = format!(
            "words = {}\nstate = {:?}\nstock = {:?}\nsource = {:?}\nthermometer = {:?}\n",
            self.words,
            self.state,
            self.stock_file(),
            format!("stills:{}", self.folder.path().join("camera").display()),
            self.path("temp"),
        );
        if let Some(bundle) = &self.bundle {
            text += &format!("bundle = {bundle:?}\n");
        }
        text += "[kiosk]\nlisten = \"127.0.0.1:0\"\n";
        fs::write(self.config(), text).expect("the folder takes files");
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.path("config.toml")
    }

    pub(crate) fn stock_file(&self) -> PathBuf {
        self.state.join("stock.db")
    }

    pub(crate) fn pin(&self) -> PinFile {
        PinFile::in_folder(&self.state)
    }

    pub(crate) fn set_pin(&self) {
        self.pin().set(PIN).expect("a PIN");
    }

    pub(crate) fn stock(&self) -> Stock {
        Stock::open_or_create(&self.stock_file(), &bundle()).expect("the stock opens")
    }

    /// The program with this home's configuration, to be started by another, where that is named.
    pub(crate) fn command(&self, starter: &[&str], words: &[&str]) -> Command {
        let starter = starter.iter().map(Into::into);
        let line: Vec<_> = starter.chain(started_by()).collect();
        let mut command = Command::new(&line[0]);
        command.args(&line[1..]).args(words).arg("--config").arg(self.config()).current_dir(root());
        command
    }

    pub(crate) fn start(&self) -> Appliance {
        Appliance::of(self.command(&[], &["run"]))
    }
}

/// A drawn scene of which a genre is surely said.
pub(crate) fn scene() -> &'static Path {
    static SCENE: OnceLock<PathBuf> = OnceLock::new();
    SCENE.get_or_init(|| {
        let reader =
            Reader::open(&root().join("models/default"), Caution::Normal).expect("the shipped bundle");
        let surely_said = |path: &PathBuf| {
            let bytes = fs::read(path).expect("a scene");
            let frame = Frame::still(picture::decode(&bytes).expect("a picture"), "scene".into());
            let sighting = reader.look(&frame, Gaze::Live).expect("it is read");
            matches!(sighting.verdict.word, Word::Genre(_))
        };
        crate::common::files("tests/sleeves/scenes", ".jpg")
            .into_iter()
            .find(surely_said)
            .expect("one is said")
    })
}

pub(crate) fn bundle() -> Bundle {
    Bundle::open(&root().join("models/default")).expect("the shipped bundle")
}

/// A station that runs; it is killed when it is dropped.
pub(crate) struct Appliance {
    pub(crate) child: Child,
    pub(crate) client: Client,
    log: Arc<Mutex<String>>,
    /// How often it has begun.
    begun: usize,
}

impl Appliance {
    pub(crate) fn of(mut command: Command) -> Self {
        let mut child =
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let log = Arc::<Mutex<String>>::default();
        let written = Arc::clone(&log);
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut log = written.lock().expect("nobody panicked");
                *log += &line;
                *log += "\n";
            }
        });
        let nowhere = Client(SocketAddr::from(([127, 0, 0, 1], 0)));
        let mut appliance = Self { child, client: nowhere, log, begun: 0 };
        appliance.until_it_begins();
        appliance
    }

    /// Waits until it begins, for the first time, or anew; its page may have another address then.
    pub(crate) fn until_it_begins(&mut self) {
        self.begun += 1;
        let waited = Instant::now();
        let address = loop {
            let log = self.log();
            let said = log.split("the kiosk is at http://").nth(self.begun);
            if let Some((address, _)) = said.and_then(|said| said.split_once('\n')) {
                break address.parse().expect("an address");
            }
            let ended = self.child.try_wait().expect("it can be asked");
            assert!(ended.is_none() && waited.elapsed() < PATIENCE, "it did not begin: {ended:?} {log}");
            thread::sleep(Duration::from_millis(20));
        };
        self.client = Client(address);
    }

    pub(crate) fn log(&self) -> String {
        self.log.lock().expect("nobody panicked").clone()
    }

    /// Waits until the station tells this.
    pub(crate) fn until(&self, told: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let state = self.client.json("/api/verdict");
            if told(&state) {
                return state;
            }
            assert!(begun.elapsed() < PATIENCE, "it was not told: {state}\n{}", self.log());
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until something was said of a sleeve; its number.
    pub(crate) fn says(&self) -> u64 {
        self.until(|state| state["number"].as_u64() > Some(0))["number"].as_u64().expect("a number")
    }

    /// Waits for the notice on a matter, which must be in the log as well; its sentence.
    pub(crate) fn notice(&self, matter: &str) -> String {
        let of = |state: &Value| {
            let notices = state["notices"].as_array().expect("a list");
            notices.iter().find(|notice| notice["with"] == matter).map(|notice| notice["sentence"].clone())
        };
        let state = self.until(|state| of(state).is_some());
        let sentence = of(&state).expect("it is there").as_str().expect("a sentence").to_owned();
        assert!(self.log().contains(&sentence), "{sentence}\nis not in the log\n{}", self.log());
        sentence
    }

    /// Waits until there is no notice.
    pub(crate) fn until_well(&self) {
        self.until(|state| state["notices"] == json!([]));
    }

    pub(crate) fn staff(&self) -> Staff {
        let client = self.client;
        let token = client.json("/api/staff")["token"].as_str().expect("a token").to_owned();
        let headers = [("Sleevesight-Token", token.as_str())];
        let body = json!({ "pin": PIN }).to_string();
        let answer = client.ask("POST", "/api/staff/session", &headers, &body);
        assert_eq!(answer.status, 204, "{answer:?}");
        let cookie = answer.header("set-cookie").split(';').next().expect("a cookie").to_owned();
        Staff { client, token, cookie }
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("it can be asked").is_none()
    }

    /// The plug is pulled, as far as a program can tell.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it is killed");
        self.child.wait().expect("it is gone");
    }
}

impl Drop for Appliance {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Someone of the staff, signed in.
pub(crate) struct Staff {
    pub(crate) client: Client,
    pub(crate) token: String,
    pub(crate) cookie: String,
}

impl Staff {
    pub(crate) fn ask(&self, method: &str, path: &str, body: &Value) -> Answer {
        let headers = [("Sleevesight-Token", self.token.as_str()), ("Cookie", self.cookie.as_str())];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.client.ask(method, &format!("/api/staff{path}"), &headers, &body)
    }

    /// Teaches what is shown as a record of this title.
    pub(crate) fn teach(&self, number: u64, title: &str) -> Answer {
        self.ask("POST", &format!("/inbox/{number}/teach"), &json!({ "record": { "title": title } }))
    }
}
