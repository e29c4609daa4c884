//! The cluster: its servers, the user, the stream and its copies, what a power cut would cost, and the other nodes with their names and
//! clocks.

use std::fmt::Display;

use crate::archive::Lock;
use crate::cluster::{self, ClusterSettings, Error, ServerSync, StreamFacts, Survey};
use crate::config::Config;
use crate::language::{Language, Words, cluster as cluster_words, doctor as words};
use crate::reason::{Reason, cluster as reasons};
use crate::run::clock;
use crate::run::cluster::{kept_for, settings};

use super::report::{Finding, FindingState};

/// What is found of the cluster; nothing where the settings have none.
pub(super) async fn findings(config: &Config, language: Language) -> Vec<Finding> {
    let Some(settings) = settings(config) else { return Vec::new() };
    let survey = match cluster::survey(&settings, clock::now).await {
        Ok(survey) => survey,
        Err(error) => return vec![failed(&error, language)],
    };
    let fine = |name: Words, value: String| Finding::new(FindingState::Fine, name.of(language), value);
    let urls = settings.urls.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut findings = vec![fine(words::SERVERS, words::SERVERS_AT.with(language, &[&survey.server_version, &urls]))];
    findings.push(fine(words::CREDENTIALS, credentials(&settings, language)));
    let body = (config.body_limit.value > survey.max_payload).then(|| {
        let reason = reasons::BODY_LIMIT_HIGH.with(config.body_limit.value).with(survey.max_payload);
        wrong(words::BODY_LIMIT, &reason, Some(&reasons::BODY_LIMIT_HINT.into()), language)
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

fn wrong(name: Words, reason: &Reason, hint: Option<&Reason>, language: Language) -> Finding {
    let finding = Finding::new(FindingState::Wrong, name.of(language), reason.of(language));
    hint.into_iter().fold(finding, |finding, hint| finding.hint(hint.of(language)))
}

/// What could not be done, under the name of what it is about.
fn failed(error: &Error, language: Language) -> Finding {
    let name = match error {
        Error::WrongCredentials | Error::NoPassword => words::CREDENTIALS,
        Error::Missing { .. }
        | Error::Foreign { .. }
        | Error::Taken
        | Error::NoQuorum { .. }
        | Error::Unmade { .. } => cluster_words::STREAM,
        Error::FewReplicas { .. } => cluster_words::COPIES,
        Error::NoServer { .. } | Error::Tls(_) | Error::NoJetStream(_) | Error::Following(_) | Error::Archive(_) => {
            words::SERVERS
        }
    };
    wrong(name, &error.reason(), error.hint().as_ref(), language)
}

/// Who we are to the servers, without what nobody is to know.
fn credentials(settings: &ClusterSettings, language: Language) -> String {
    let user = settings.user.as_ref().map(|user| words::USER_IS.with(language, &[user]));
    let certificate = settings.tls_identity.is_some().then(|| words::OWN_CERTIFICATE.of(language).to_owned());
    let both: Vec<String> = user.into_iter().chain(certificate).collect();
    if both.is_empty() { words::NO_CREDENTIALS.of(language).to_owned() } else { both.join(", ") }
}

fn stream(settings: &ClusterSettings, facts: &StreamFacts, language: Language) -> [Finding; 2] {
    let keep = kept_for(facts.keep);
    let figures = words::STREAM_KEEPS.with(language, &[&settings.stream, &facts.messages, &keep]);
    let (name, servers) = (cluster_words::COPIES, facts.servers.iter().map(|(name, _)| name.as_str()));
    let servers = servers.collect::<Vec<_>>().join(", ");
    let values: [&dyn Display; 3] = [&facts.current, &facts.replicas, &servers];
    let copies = if facts.current < facts.replicas {
        let reason = reasons::COPIES_BEHIND.with(facts.replicas).with(facts.current);
        wrong(name, &reason, Some(&reasons::SERVER_HINT.into()), language)
    } else if facts.replicas == 1 {
        Finding::new(FindingState::Note, name.of(language), words::ONE_COPY.of(language))
    } else {
        Finding::new(FindingState::Fine, name.of(language), cluster_words::COPY_FIGURES.with(language, &values))
    };
    [Finding::new(FindingState::Fine, cluster_words::STREAM.of(language), figures), copies]
}

/// When the servers write to their disks, and what a power cut costs.
fn sync(servers: Option<&[ServerSync]>, language: Language) -> Finding {
    let name = words::POWER_CUT.of(language);
    let told = servers.unwrap_or_default();
    let latest =
        told.iter().filter_map(|server| server.after.map(|after| (after, server))).max_by_key(|(after, _)| *after);
    match latest {
        _ if told.is_empty() => {
            Finding::new(FindingState::Note, name, Reason::from(reasons::SYNC_UNKNOWN).of(language))
        }
        None => Finding::new(FindingState::Fine, name, words::SYNC_ALWAYS.with(language, &[&told.len()])),
        Some((_, server)) => {
            let reason = reasons::SYNC_LATE.with(server.to_string());
            Finding::new(FindingState::Note, name, reason.of(language)).hint(words::SYNC_HINT.of(language))
        }
    }
}

/// Who else is there, under which name and with what clock.
fn nodes(settings: &ClusterSettings, survey: &Survey, is_serving: bool, language: Language) -> Vec<Finding> {
    let names: Vec<&str> = survey.nodes.iter().map(|node| node.name.as_str()).collect();
    let name = words::NODES.of(language);
    if names.is_empty() {
        return vec![Finding::new(FindingState::Skipped, name, words::NO_NODES.with(language, &[&settings.node]))];
    }
    let n_own = names.iter().filter(|name| **name == settings.node).count();
    let is_twice = |name: &&str| names.iter().filter(|other| *other == name).count() > 1;
    let twice = names.iter().copied().find(is_twice).or_else(|| {
        // Who does not serve here hears nobody of its own name.
        (n_own == 1 && !is_serving).then_some(settings.node.as_str())
    });
    let names_found = match twice {
        Some(twice) => wrong(words::NODES, &reasons::NODE_TWICE.with(twice), None, language),
        None => Finding::new(FindingState::Fine, name, names.join(", ")),
    };
    let furthest = survey.nodes.iter().max_by_key(|node| node.apart);
    let clock = furthest.map(|node| {
        if node.is_apart() {
            let reason = reasons::CLOCKS_APART.with(&node.name).with(node.apart.num_seconds());
            return wrong(words::CLOCK, &reason, Some(&Reason::other(words::CLOCK_HINT.of(language))), language);
        }
        let value = words::CLOCKS_TOGETHER.with(language, &[&node.apart.num_milliseconds(), &names.len()]);
        Finding::new(FindingState::Fine, words::CLOCK.of(language), value)
    });
    [names_found].into_iter().chain(clock).collect()
}
