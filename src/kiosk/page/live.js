// The live picture, and the outline of the sleeve in it.

const PAUSE = 1000;

const canvas = document.getElementById("picture");
const frame = document.getElementById("window");
const shade = document.getElementById("shade");
const edge = document.getElementById("edge");

let wanted = false;
let running = false;

/** How many pixels of the camera's picture are of use here. */
function width() {
  const pixels = frame.clientWidth * Math.min(devicePixelRatio, 2);
  return Math.max(320, Math.min(1280, Math.round(pixels)));
}

function drawOutline(corners) {
  const points = corners ? corners.split(" ").map((corner) => corner.split(",").map(Number)) : [];
  edge.setAttribute("points", points.map((point) => point.join(",")).join(" "));
  const hole = points.map(([x, y], place) => `${place ? "L" : "M"}${x} ${y}`).join("");
  shade.setAttribute("d", points.length ? `M0 0H1V1H0Z${hole}Z` : "");
}

async function draw(answer) {
  const picture = await createImageBitmap(await answer.blob());
  if (canvas.width !== picture.width || canvas.height !== picture.height) {
    canvas.width = picture.width;
    canvas.height = picture.height;
    frame.style.setProperty("--ratio", picture.width / picture.height);
  }
  canvas.getContext("2d").drawImage(picture, 0, 0);
  picture.close();
  drawOutline(answer.headers.get("sleevesight-outline"));
}

const rest = (millis) => new Promise((done) => setTimeout(done, millis));

async function run() {
  let number = 0;
  while (wanted) {
    try {
      const answer = await fetch(`/api/picture.jpg?width=${width()}&after=${number}`);
      if (answer.status === 200) {
        number = answer.headers.get("sleevesight-number");
        await draw(answer);
      } else if (answer.status !== 204) {
        await rest(PAUSE);
      }
    } catch {
      await rest(PAUSE);
    }
  }
  running = false;
}

/** Shows the picture, or leaves it: nobody looks at it then, and the station has other things to do. */
export function watch(yes) {
  wanted = yes && !document.hidden;
  if (wanted && !running) {
    running = true;
    run();
  }
}
