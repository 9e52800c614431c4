import { spawnSync } from "node:child_process";

import { root } from "./paths.ts";

/** Builds what the tests run, unless whoever runs them says where it is. */
export default function build(): void {
  if (process.env.SOVRIUM_HOST && process.env.SOVRIUM_COMPONENT) {
    return;
  }
  const built = spawnSync("cargo", ["xtask", "e2e", "--build-only"], {
    cwd: root,
    stdio: "inherit",
  });
  if (built.error) {
    throw new Error(`cargo does not start: ${built.error.message}`);
  }
  if (built.status !== 0) {
    throw new Error("The component and the host cannot be built; cargo said why.");
  }
}
