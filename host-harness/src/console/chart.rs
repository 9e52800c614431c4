//! A chart of requests over time.

use maud::{Markup, html};

use crate::store::Traffic;

/// About the size that the chart is drawn in; the page scales it.
const WIDTH: usize = 720;
const HEIGHT: usize = 120;

/// Bars for stretches of time, oldest first: how many requests there were, and how many of them
/// failed. What it shows stands in words beside it, for those who do not see it.
pub(super) fn bars(traffic: &[Traffic], label: &str, from: &str) -> Markup {
    let most = traffic.iter().map(|it| it.requests).max().unwrap_or_default().max(1);
    let slot = (WIDTH / traffic.len().max(1)).max(2);
    let width = slot * traffic.len().max(1);
    let height = |count: u64| {
        let height = usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(HEIGHT)
            / usize::try_from(most).unwrap_or(usize::MAX);
        // One of very many is still to be seen.
        if count > 0 { height.max(2) } else { 0 }
    };
    html! {
        figure.chart {
            svg viewBox={ "0 0 " (width) " " (HEIGHT + 1) } role="img" aria-label=(label)
                preserveAspectRatio="none" {
                line class="axis" x1="0" x2=(width) y1=(HEIGHT) y2=(HEIGHT) {}
                @for (index, stretch) in traffic.iter().enumerate() {
                    @let whole = height(stretch.requests);
                    @let failed = height(stretch.failed).min(whole);
                    @if whole > 0 {
                        rect class="requests" x=(index * slot + 1) width=(slot.saturating_sub(2).max(1))
                            y=(HEIGHT - whole) height=(whole) {}
                    }
                    @if failed > 0 {
                        rect class="failed" x=(index * slot + 1) width=(slot.saturating_sub(2).max(1))
                            y=(HEIGHT - failed) height=(failed) {}
                    }
                }
            }
            p.ends aria-hidden="true" { span { (from) } span { "at most " (most) } span { "now" } }
            figcaption { (label) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_high_as_there_were_requests() {
        let traffic = [
            Traffic { requests: 100, failed: 50 },
            Traffic { requests: 0, failed: 0 },
            Traffic { requests: 1, failed: 1 },
        ];
        let chart = bars(&traffic, "101 requests", "a day ago").into_string();
        let bar = |class: &str, height: usize| {
            format!(
                "class=\"{class}\" x=\"1\" width=\"238\" y=\"{}\" height=\"{height}\"",
                HEIGHT - height
            )
        };
        assert!(chart.contains(&bar("requests", 120)), "{chart}");
        assert!(chart.contains(&bar("failed", 60)), "{chart}");
        assert_eq!(chart.matches("<rect").count(), 4);
        assert!(chart.contains("height=\"2\""));
        assert!(bars(&[], "nothing", "").into_string().contains("nothing"));
    }
}
