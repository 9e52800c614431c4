//! How to connect Calendly, for somebody who has never done it.

use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};

use super::forms::Visit;
use super::layout::Area;
use super::new_connection::redirect_uri;
use super::parts::copy;
use super::{Demo, Shared};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/guide", get(guide))
}

async fn guide(visit: Visit) -> Response {
    let shared = &visit.shared;
    let content = html! {
        div.narrow {
            h1 { "Connect Calendly, step by step" }
            @if let Some(demo) = &shared.demo { (values(demo)) }
            section.card {
                h2 { "1. Make an OAuth app at Calendly" }
                ol {
                    li {
                        "Open " a href="https://developer.calendly.com" rel="noreferrer" { "developer.calendly.com" }
                        " and sign in. A developer account is free, and separate from the account that \
                         you schedule with."
                    }
                    li { "Choose Create new app, and give it a name that people will recognize when they allow access, such as Sovrium." }
                    li { "As the kind of app choose Web; as the environment Sandbox to try things on this machine, Production for an address with HTTPS." }
                    li { "Enter the redirect URI below, exactly as it is." }
                    li { "Choose the scopes that you will ask for. An app can ask for no more than it is registered with." }
                }
                (redirect_uri(shared))
                (scopes(shared))
            }
            section.card {
                h2 { "2. Copy what Calendly shows" }
                p {
                    "The client ID, the client secret and the webhook signing key. Calendly shows the \
                     latter two once, so keep them somewhere safe."
                }
            }
            section.card {
                h2 { "3. Add the connection" }
                p {
                    "Give it a name, paste client ID and client secret, choose what it may do, and save. \
                     The secret is stored encrypted (AES-256-GCM) and never shown again."
                }
                p { a.button.primary href="/connections/new" { "Add connection" } }
            }
            section.card {
                h2 { "4. Connect" }
                p {
                    "Press Connect. Calendly asks you to sign in and to allow what the connection asks \
                     for, then sends you back here. From then on the connection renews its access by \
                     itself. To have somebody else's account connected, send them what Copy link gives."
                }
            }
            section.card {
                h2 { "5. Hear of changes" }
                p {
                    "Save the webhook signing key on the connection's page, then subscribe on its Events \
                     page. Calendly has to reach this console from the internet by HTTPS: start it with \
                     " code { "--public-url https://your.address" } " behind a proxy or a tunnel. Where \
                     that is not possible, poll: it finds the same, a little later."
                }
            }
            section.card {
                h2 { "When something goes wrong" }
                dl.record {
                    div { dt { "Calendly shows an error instead of asking" } dd { "The redirect URI of the app differs from the one above, or the client ID is wrong." } }
                    div { dt { "The connection says invalid-client" } dd { "The client secret is not the app's. Update the credentials, then re-connect." } }
                    div { dt { "The connection says reauthorization-required" } dd { "The access was ended at Calendly, or was not used for very long. Re-connect." } }
                    div { dt { "An operation says insufficient-scope" } dd { "Access was granted without that scope. Add it to the app at Calendly and connect again." } }
                    div { dt { "Webhooks are refused" } dd { "The signing key is missing or another app's; the Events page counts why." } }
                }
            }
        }
    };
    visit.page("Setup guide", Area::Guide, &content)
}

/// What to enter in the demo. The simulator's secrets are none.
fn values(demo: &Demo) -> Markup {
    let values = [
        ("Client ID", &demo.client_id),
        ("Client secret", &demo.client_secret),
        ("Webhook signing key", &demo.webhook_signing_key),
    ];
    html! {
        section.card {
            h2 { "In this demo" }
            p {
                "The app is made already, at the simulator. Begin with step 3 and enter these values. \
                 They are no secrets: they open nothing but the simulator at "
                code { (demo.simulator) } "."
            }
            dl.record {
                @for (label, value) in values {
                    div { dt { (label) } dd { code { (value) } " " (copy("Copy", label, value)) } }
                }
            }
        }
    }
}

fn scopes(shared: &Shared) -> Markup {
    html! {
        details {
            summary { "Which scopes at Calendly" }
            @for scope in shared.manifest["scopes"].as_array().into_iter().flatten() {
                h3 { code { (scope["name"].as_str().unwrap_or_default()) } }
                p.small { (scope["description"].as_str().unwrap_or_default()) }
                ul.chips {
                    @for real in scope["expandsTo"].as_array().into_iter().flatten() {
                        li { code { (real.as_str().unwrap_or_default()) } }
                    }
                }
            }
        }
    }
}
