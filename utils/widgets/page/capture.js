// Pictures from outside: a file, one that is dropped, the camera. They stay in the page.

import { h } from "./dom.js";

/**
 * Anything that can be drawn, as pixels: the middle of it, cut to the shape, and made small by means.
 * @returns {Uint8Array} channel after channel, 0 to 255
 */
export function pixelsOf(source, [channels, height, width]) {
  const [fullWidth, fullHeight] = [source.videoWidth ?? source.width, source.videoHeight ?? source.height];
  const scale = Math.min(fullWidth / width, fullHeight / height);
  const [w, h] = [width * scale, height * scale];
  let canvas = drawn(source, [(fullWidth - w) / 2, (fullHeight - h) / 2, w, h], [Math.round(w), Math.round(h)]);
  while (canvas.width >= 2 * width && canvas.height >= 2 * height) {
    const half = [Math.max(width, canvas.width >> 1), Math.max(height, canvas.height >> 1)];
    canvas = drawn(canvas, [0, 0, canvas.width, canvas.height], half);
  }
  canvas = drawn(canvas, [0, 0, canvas.width, canvas.height], [width, height]);
  const rgba = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  const size = height * width;
  return Uint8Array.from({ length: channels * size }, (_, n) => {
    const [c, at] = [Math.floor(n / size), 4 * (n % size)];
    if (channels === 3) return rgba[at + c];
    return Math.round(0.299 * rgba[at] + 0.587 * rgba[at + 1] + 0.114 * rgba[at + 2]); // how light a colour is
  });
}

/** @param {number[]} part of the source @param {number[]} size */
function drawn(source, part, size) {
  const [x, y, w, h] = part;
  const [width, height] = size;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.fillStyle = "#fff"; // behind what is transparent
  pen.fillRect(0, 0, width, height);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(source, x, y, w, h, 0, 0, width, height);
  return canvas;
}

/**
 * Buttons for a picture of one's own, and dropping one anywhere on `root`.
 * ontake(source, name): there is a picture; the camera gives many, until it is stopped. refuse(why): there is none.
 */
export function capture(root, { ontake, refuse }) {
  const file = h("input", { type: "file", accept: "image/*", "aria-label": "a picture of yours", hidden: true });
  const open = h("button", { type: "button", onclick: () => file.click() }, "your picture …");
  const camera = h("button", { type: "button", onclick: () => (stream ? stop() : start()) }, "camera");
  const video = h("video", { muted: true, playsinline: true });
  let stream = null;

  async function read(picture) {
    if (!picture) return;
    stop();
    try {
      const bitmap = await createImageBitmap(picture);
      ontake(bitmap, picture.name || "your picture");
    } catch {
      refuse(`“${picture.name}” is no picture that this browser can read: choose a photograph, such as a JPEG or PNG.`);
    }
  }
  async function start() {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { width: 320, height: 320 } });
    } catch {
      return refuse("There is no camera, or this page may not use it: choose a picture from a file, or drop one here.");
    }
    video.srcObject = stream;
    await video.play();
    camera.textContent = "take this picture";
    look();
  }
  /** One picture after the other, each when the one before has gone through the network. */
  function look() {
    if (!stream || !root.isConnected) return stop();
    if (video.videoWidth) ontake(video, "your camera");
    requestAnimationFrame(look);
  }
  function stop() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    camera.textContent = "camera";
  }
  file.addEventListener("change", () => read(file.files[0]));
  root.addEventListener("dragover", (event) => event.preventDefault());
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation(); // the notebook around would take it for a file of its own
    read(event.dataTransfer.files[0]);
  });
  return { elements: [open, camera, file], stop };
}
