import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Where Chromium is: the variable CHROMIUM says so, or it is searched for. */
export function chromium(): string {
  const named = process.env.CHROMIUM;
  if (named) {
    if (!isProgram(named)) {
      throw new Error(`CHROMIUM is ${named}, and there is no program.`);
    }
    return named;
  }
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  const onPath = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const found = [...onPath, ...ELSEWHERE].find(isProgram);
  if (found === undefined) {
    throw new Error(
      "The browser tests need Chromium or Chrome. Install it (on Debian: apt-get install chromium), " +
        "or say with the variable CHROMIUM where it is.",
    );
  }
  return found;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const ELSEWHERE = [
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];
