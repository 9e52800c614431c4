import { defineConfig } from "@playwright/test";

import { chromium } from "./chromium.ts";
import { output } from "./paths.ts";

export default defineConfig({
  testDir: ".",
  outputDir: `${output}/results`,
  globalSetup: "./build.ts",
  fullyParallel: true,
  workers: 2,
  forbidOnly: Boolean(process.env.CI),
  // A test that passes at the second try hides a defect.
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [["list"], ["html", { outputFolder: `${output}/report`, open: "never" }]],
  use: {
    launchOptions: { executablePath: chromium(), args: chromiumArguments() },
    // Nothing moves, so that a colour is measured when it has arrived.
    contextOptions: { reducedMotion: "reduce" },
    locale: "en-GB",
    timezoneId: "UTC",
    viewport: { width: 1280, height: 800 },
    trace: "retain-on-failure",
  },
});

/** What keeps Chromium from asking the internet for anything by itself. */
function chromiumArguments(): string[] {
  const quiet = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
  ];
  // Chromium's sandbox refuses to work for root, as whom containers often run.
  return process.getuid?.() === 0 ? [...quiet, "--no-sandbox"] : quiet;
}
