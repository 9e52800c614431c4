import { join, resolve } from "node:path";

/** The repository. */
export const root = resolve(import.meta.dirname, "..");

/** The folder that cargo builds into. */
const target = resolve(process.env.CARGO_TARGET_DIR ?? join(root, "target"));

/** What a run leaves behind: report, traces, screenshots. */
export const output = join(target, "e2e");

/** The pictures of the pages. */
export const screenshots = join(output, "screenshots");

/** The host that the tests run. */
export const host =
  process.env.SOVRIUM_HOST ??
  join(target, "debug", process.platform === "win32" ? "sovrium-host.exe" : "sovrium-host");

/** The component that the host loads. */
export const component =
  process.env.SOVRIUM_COMPONENT ?? join(target, "component", "calendly-connector.wasm");
