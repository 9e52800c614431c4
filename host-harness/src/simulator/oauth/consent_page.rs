//! The pages a person sees.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::simulator::scopes::Scope;

/// Asks whether an app may have what it asks for.
pub(super) fn consent(
    app: &str,
    person: &str,
    redirect_uri: &str,
    scopes: &[&Scope],
    request: &str,
) -> String {
    let title = format!("Allow {app}?");
    layout(
        &title,
        &html! {
            h1 { "Allow " strong { (app) } " to use your Calendly account?" }
            p { "You are signed in as " strong { (person) } "." }
            form method="post" action="/oauth/authorize" {
                input type="hidden" name="request" value=(request);
                @if scopes.is_empty() {
                    p { "It asks for nothing but to know that you are here." }
                } @else {
                    fieldset {
                        legend { "It asks to:" }
                        @for scope in scopes {
                            label {
                                input type="checkbox" name="scope" value=(scope.name) checked;
                                span { (scope.meaning) br; code { (scope.name) } }
                            }
                        }
                    }
                    p.hint { "Untick what you do not want to allow." }
                }
                p.hint { "Afterwards you return to " code { (destination(redirect_uri)) } "." }
                div.actions {
                    button.primary type="submit" name="decision" value="allow" { "Allow" }
                    button type="submit" name="decision" value="deny" { "Deny" }
                }
            }
        },
    )
}

/// Says why there is nothing to decide.
pub(super) fn error(message: &str) -> String {
    layout(
        "Something is wrong with this link",
        &html! {
            h1 { "Something is wrong with this link" }
            p role="alert" { (message) }
            p.hint { "Go back to the app and try again. If that does not help, tell whoever runs it." }
        },
    )
}

/// Where a redirect URI leads, without what is private in it.
fn destination(redirect_uri: &str) -> &str {
    redirect_uri.split(['?', '#']).next().unwrap_or_default()
}

fn layout(title: &str, content: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " - Calendly simulator" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main { (content) }
                footer { "This is a simulator. Nothing here is the real Calendly." }
            }
        }
    }
    .into_string()
}

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #0b3558; --soft: #476788; --line: #d4e0ed;
  --card: #fff; --page: #f2f6fb; --blue: #0057d9; --on-blue: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #eaf1f8; --soft: #a9bfd6; --line: #2b4460;
  --card: #10263c; --page: #081a2b; --blue: #7db2ff; --on-blue: #06213f; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 2rem 1rem; min-height: 100vh; background: var(--page);
  color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 32rem; margin: 0 auto; padding: 2rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .75rem; }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25; font-weight: 600; }
p { margin: 0 0 1rem; }
fieldset { margin: 0 0 .5rem; padding: 0; border: 0; }
legend { padding: 0; font-weight: 600; }
label { display: flex; gap: .75rem; padding: .625rem 0; border-bottom: 1px solid var(--line);
  cursor: pointer; }
input[type=checkbox] { flex: none; width: 1.25rem; height: 1.25rem; margin: .125rem 0 0;
  accent-color: var(--blue); }
code { font: .875rem ui-monospace, monospace; color: var(--soft); overflow-wrap: anywhere; }
.hint, footer { color: var(--soft); font-size: .875rem; }
.actions { display: flex; gap: .75rem; margin-top: 1.5rem; }
button { flex: 1; min-height: 2.75rem; padding: 0 1rem; border: 1px solid var(--soft);
  border-radius: 1.5rem; background: transparent; color: inherit; font: inherit;
  font-weight: 600; cursor: pointer; }
button.primary { border-color: var(--blue); background: var(--blue); color: var(--on-blue); }
:focus-visible { outline: 3px solid var(--blue); outline-offset: 2px; }
footer { max-width: 32rem; margin: 1rem auto 0; text-align: center; }
";
