// A station with a folder for a camera: what lies in it is what is held before it.

import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const program = process.env.SLEEVESIGHT ?? resolve(root, process.env.CARGO_TARGET_DIR ?? "target", "debug/sleevesight");

if (!existsSync(program)) throw new Error(`there is no program at ${program}; build it, or name it in SLEEVESIGHT`);

export const scene = (name) => join(root, "tests/sleeves/scenes", `${name}.jpg`);

/** Runs a command of the program to its end, and gives what it printed. */
export function run(words, { input, env } = {}) {
  const ended = spawnSync(program, words, { cwd: root, input, env: { ...process.env, ...env }, encoding: "utf8" });
  if (ended.status !== 0) throw new Error(`${words.join(" ")}: ${ended.stderr}`);
  return ended.stdout;
}

/** What the network says of each drawn scene, by its name. */
function verdicts() {
  const names = readdirSync(join(root, "tests/sleeves/scenes"))
    .filter((name) => name.endsWith(".jpg"))
    .map((name) => name.replace(".jpg", ""));
  const lines = run(["classify", "--json", "--config", "packaging/config.toml", "--bundle", "models/default", ...names.map(scene)]);
  const said = lines.trim().split("\n").map((line) => JSON.parse(line));
  return new Map(names.map((name, place) => [name, said[place]]));
}

/** The drawn scenes of which a genre is surely said, one of each genre. */
export function surelySaid() {
  const found = new Map();
  for (const [name, said] of verdicts()) {
    const surely = said.verdict === "genre" && said.outline && said.probability > 0.42;
    if (surely && !found.has(said.genre)) found.set(said.genre, { name, genre: said.genre });
  }
  return [...found.values()];
}

export class Station {
  #child = null;
  #count = 0;

  /** A station that is not running yet, with a folder of its own for all that it keeps. */
  constructor() {
    this.home = mkdtempSync(join(tmpdir(), "sleevesight-browser-"));
    this.camera = join(this.home, "camera");
    this.env = { XDG_STATE_HOME: join(this.home, "state"), XDG_CONFIG_HOME: join(this.home, "config") };
    mkdirSync(this.camera);
    this.listen = "127.0.0.1:0";
    this.bundle = "models/default";
  }

  /** Starts it; where it ran before, at the same address. */
  async start(...more) {
    const words = ["run", "--listen", this.listen, "--source", `stills:${this.camera}`, "--bundle", this.bundle];
    this.#child = spawn(program, [...words, ...more], {
      cwd: root,
      env: { ...process.env, ...this.env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const told = [];
    for await (const line of createInterface({ input: this.#child.stderr })) {
      told.push(line);
      const [, address] = line.match(/the kiosk is at http:\/\/(\S+)/) ?? [];
      if (address) {
        this.listen = address;
        this.address = `http://${address}`;
        // What it says later is of no interest, but must be read, or it would wait to be.
        this.#child.stderr.resume();
        return this;
      }
    }
    throw new Error(`the station did not start: ${told.join("\n")}`);
  }

  /** Holds a drawn scene before the camera, in place of what was there. */
  show(name) {
    const before = readdirSync(this.camera);
    this.#count += 1;
    const beside = join(this.home, "next.jpg");
    copyFileSync(scene(name), beside);
    renameSync(beside, join(this.camera, `${this.#count}-${name}.jpg`));
    for (const file of before) rmSync(join(this.camera, file));
  }

  /** Unplugs the camera. */
  unplug() {
    for (const file of readdirSync(this.camera)) rmSync(join(this.camera, file));
  }

  /** Ends it as a power cut would. */
  async kill() {
    if (!this.#child) return;
    const ended = new Promise((done) => this.#child.once("exit", done));
    this.#child.kill("SIGKILL");
    await ended;
    this.#child = null;
  }

  async end() {
    await this.kill();
    rmSync(this.home, { recursive: true });
  }
}
