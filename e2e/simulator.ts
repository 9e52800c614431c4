import { expect } from "@playwright/test";

/** What the simulator does when told, as Calendly does by itself or through other people. */
export class Simulator {
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** Every grant ends, as when a person takes the access back on Calendly's pages. */
  async revokeGrants(): Promise<void> {
    await this.#post("/grants/revoke");
  }

  /** The next requests to a path fail. */
  async fail(method: string, path: string, code: number, times = 1): Promise<void> {
    await this.#post("/faults", { method, path, times, kind: "status", code });
  }

  /** An invitee cancels on Calendly's page. */
  async cancel(invitee: string, reason: string): Promise<void> {
    await this.#post("/invitees/cancel", { invitee, reason });
  }

  /** Every webhook that is due is sent. */
  async deliverWebhooks(): Promise<void> {
    await this.#post("/webhooks/deliver");
  }

  async #post(path: string, body?: unknown): Promise<void> {
    const response = await fetch(`${this.#origin}/_simulator${path}`, {
      method: "POST",
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
    });
    expect(response.ok, `POST ${path}: ${response.status}`).toBe(true);
  }
}
