import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";

import { component, host, output } from "./paths.ts";

type Process = ChildProcessByStdio<Writable, Readable, Readable>;

/** What the console says when it is there. */
interface Announcement {
  /** The link that opens it. */
  url: string;
  origin: string;
  simulator: string;
  clientId: string;
  clientSecret: string;
  webhookSigningKey: string;
}

/** A console with a database and a simulator of its own. */
export class Console {
  readonly url: string;
  readonly origin: string;
  /** Where its Calendly is. */
  readonly simulator: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly webhookSigningKey: string;
  readonly #process: Process;

  private constructor(announcement: Announcement, process: Process) {
    this.url = announcement.url;
    this.origin = announcement.origin;
    this.simulator = announcement.simulator;
    this.clientId = announcement.clientId;
    this.clientSecret = announcement.clientSecret;
    this.webhookSigningKey = announcement.webhookSigningKey;
    this.#process = process;
  }

  /** Starts one on a free port. */
  static async start(): Promise<Console> {
    const arguments_ = ["console", "--demo", "--json", "--listen", "127.0.0.1:0"];
    const process = spawn(host, [...arguments_, "--component", component], {
      // A demo's database is its own; beside this one all keep the compiled component.
      env: { ...globalThis.process.env, SOVRIUM_DB: join(output, "host.db") },
      stdio: ["pipe", "pipe", "pipe"],
    });
    return new Console(await announcement(process), process);
  }

  /** Ends it; its files go with it. */
  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, "exit");
      this.#process.kill();
      await ended;
    }
  }
}

/** The first JSON document on standard output. */
async function announcement(process: Process): Promise<Announcement> {
  let errors = "";
  process.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  let output = "";
  for await (const text of process.stdout.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
    output += text as string;
    try {
      const said = JSON.parse(output) as Announcement;
      // What comes later has to be read, or the process waits for it.
      process.stdout.resume();
      return said;
    } catch {
      // There is more to come.
    }
  }
  throw new Error(`The console did not start: ${output}${errors}`);
}
