//! Checks the cluster: its servers, the user, the stream and its copies, the cost of a power cut, and the names and
//! clocks of the other nodes.

use std::fmt::Display;

use crate::archive::Lock;
use crate::cluster::{self, ClusterSettings, ServerSync, StreamFacts, Survey};
use crate::config::Config;
use crate::language::{Language, Words, cluster as cluster_words, doctor as words};
use crate::reason::{Code, Fault, cluster as reasons};
use crate::run::clock;
use crate::run::cluster::{kept_for, settings};

use super::report::FindingState::{Fine, Note, Skipped, Wrong};
use super::report::{Finding, Topic};

/// TABLE: the topic that a fault concerns, unless it is the servers.
const TOPICS: [(Code, Words); 8] = [
    (reasons::WRONG_CREDENTIALS, words::CREDENTIALS),
    (reasons::CLUSTER_PASSWORD_MISSING, words::CREDENTIALS),
    (reasons::STREAM_MISSING, cluster_words::STREAM),
    (reasons::STREAM_FOREIGN, cluster_words::STREAM),
    (reasons::STREAM_TAKEN, cluster_words::STREAM),
    (reasons::STREAM_UNMADE, cluster_words::STREAM),
    (reasons::NO_QUORUM, cluster_words::STREAM),
    (reasons::FEW_REPLICAS, cluster_words::COPIES),
];

/// Returns the findings about the cluster; none if the settings have none.
pub(super) async fn findings(config: &Config, language: Language) -> Vec<Finding> {
    let Some(settings) = settings(config) else { return Vec::new() };
    let survey = match cluster::survey(&settings, clock::now).await {
        Ok(survey) => survey,
        Err(error) => return vec![failed(&error, language)],
    };
    let urls = settings.urls.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let servers = Topic::new(words::SERVERS, language).found(Fine, words::SERVERS_AT, &[&survey.server_version, &urls]);
    let own = Topic::new(words::CREDENTIALS, language).said(Fine, credentials(&settings, language));
    let mut findings = vec![servers, own];
    let body = (config.body_limit.value > survey.max_payload).then(|| {
        let reason = reasons::BODY_LIMIT_HIGH.with(config.body_limit.value).with(survey.max_payload);
        Topic::new(words::BODY_LIMIT, language).fault(&reason.hinted(reasons::BODY_LIMIT_HINT))
    });
    findings.extend(body);
    match &survey.stream {
        Ok(facts) => findings.extend(stream(&settings, facts, language)),
        Err(error) => findings.push(failed(error, language)),
    }
    findings.push(sync(cluster::sync(&settings).await.as_deref(), language));
    let is_serving = Lock::holder(&config.data_dir.value).is_some();
    findings.extend(nodes(&settings, &survey, is_serving, language));
    findings
}

/// Returns the finding for a fault, under the name of the topic that it concerns.
fn failed(fault: &Fault, language: Language) -> Finding {
    let topic = TOPICS.iter().find(|(code, _)| fault.is(*code));
    Topic::new(topic.map_or(words::SERVERS, |(_, topic)| *topic), language).fault(fault)
}

/// Describes how this node authenticates with the servers, without secrets.
fn credentials(settings: &ClusterSettings, language: Language) -> String {
    let user = settings.user.as_ref().map(|user| words::USER_IS.with(language, &[user]));
    let certificate = settings.tls_identity.is_some().then(|| words::OWN_CERTIFICATE.of(language).to_owned());
    let both: Vec<String> = user.into_iter().chain(certificate).collect();
    if both.is_empty() { words::NO_CREDENTIALS.of(language).to_owned() } else { both.join(", ") }
}

fn stream(settings: &ClusterSettings, facts: &StreamFacts, language: Language) -> [Finding; 2] {
    let keep = kept_for(facts.keep);
    let figures: [&dyn Display; 3] = [&settings.stream, &facts.events, &keep];
    let servers = facts.servers.join(", ");
    let topic = Topic::new(cluster_words::COPIES, language);
    let copies = if facts.current < facts.replicas {
        let reason = reasons::COPIES_BEHIND.with(facts.replicas).with(facts.current);
        topic.fault(&reason.hinted(reasons::SERVER_HINT))
    } else if facts.replicas == 1 {
        topic.found(Note, words::ONE_COPY, &[])
    } else {
        topic.found(Fine, cluster_words::COPY_FIGURES, &[&facts.current, &facts.replicas, &servers])
    };
    [Topic::new(cluster_words::STREAM, language).found(Fine, words::STREAM_KEEPS, &figures), copies]
}

/// Reports when the servers sync to disk, and what a power cut costs.
fn sync(servers: Option<&[ServerSync]>, language: Language) -> Finding {
    let topic = Topic::new(words::POWER_CUT, language);
    let told = servers.unwrap_or_default();
    let latest =
        told.iter().filter_map(|server| server.after.map(|after| (after, server))).max_by_key(|(after, _)| *after);
    match latest {
        _ if told.is_empty() => topic.reason(Note, &reasons::SYNC_UNKNOWN.into()),
        None => topic.found(Fine, words::SYNC_ALWAYS, &[&told.len()]),
        Some((_, server)) => {
            let reason = reasons::SYNC_LATE.with(server.to_string());
            topic.reason(Note, &reason).hint(words::SYNC_HINT, &[])
        }
    }
}

/// Reports the other nodes, with duplicate names and their clocks.
fn nodes(settings: &ClusterSettings, survey: &Survey, is_serving: bool, language: Language) -> Vec<Finding> {
    let names: Vec<&str> = survey.nodes.iter().map(|node| node.name.as_str()).collect();
    let topic = Topic::new(words::NODES, language);
    if names.is_empty() {
        return vec![topic.found(Skipped, words::NO_NODES, &[&settings.node])];
    }
    let n_own = names.iter().filter(|name| **name == settings.node).count();
    let is_twice = |name: &&str| names.iter().filter(|other| *other == name).count() > 1;
    let twice = names.iter().copied().find(is_twice).or_else(|| {
        // While nothing serves here, a node of this name is another machine.
        (n_own == 1 && !is_serving).then_some(settings.node.as_str())
    });
    let names_found = match twice {
        Some(twice) => topic.reason(Wrong, &reasons::NODE_TWICE.with(twice)),
        None => topic.said(Fine, names.join(", ")),
    };
    let furthest = survey.nodes.iter().max_by_key(|node| node.apart);
    let topic = Topic::new(words::CLOCK, language);
    let clock = furthest.map(|node| {
        if node.is_apart() {
            let reason = reasons::CLOCKS_APART.with(&node.name).with(node.apart.num_seconds());
            return topic.reason(Wrong, &reason).hint(words::CLOCK_HINT, &[]);
        }
        topic.found(Fine, words::CLOCKS_TOGETHER, &[&node.apart.num_milliseconds(), &names.len()])
    });
    [names_found].into_iter().chain(clock).collect()
}
