//! No network, and nobody asked for one.

use std::fs;
use std::process::Command;

use serde_json::json;

use crate::appliance::{Appliance, Home};
use crate::figure;

/// All of these tests run where there is no network but the loopback: `scripts/faults` sees to it.
#[test]
fn everything_works_where_there_is_no_network() {
    let devices = fs::read_to_string("/proc/net/dev").expect("the kernel tells it");
    let names: Vec<&str> = devices
        .lines()
        .skip(2)
        .filter_map(|line| line.split_once(':'))
        .map(|(name, _)| name.trim())
        .collect();
    assert_eq!(names, ["lo"], "start these tests by scripts/faults");
    let routes = fs::read_to_string("/proc/net/route").expect("the kernel tells it");
    assert_eq!(routes.lines().count(), 1, "{routes}");
}

/// Whether a call that strace wrote down speaks to another machine.
fn is_outbound(line: &str) -> bool {
    let speaks = ["connect(", "sendto(", "sendmsg(", "sendmmsg("].iter().any(|call| line.contains(call));
    let ours = line.contains("inet_addr(\"127.") || line.contains("\"::1\"");
    speaks && line.contains("sa_family=AF_INET") && !ours
}

#[test]
fn a_traced_run_asks_nobody_outside() {
    assert!(is_outbound(
        "connect(3, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr(\"9.9.9.9\")}, 16"
    ));
    let home = Home::new();
    home.set_pin();
    let trace = home.path("trace");
    let trace_name = trace.display().to_string();
    let starter = ["strace", "-f", "-qq", "-e", "trace=%network", "-o", &trace_name];
    let station = Appliance::of(home.command(&starter, &["run"]));
    let staff = station.staff();
    let number = station.says();
    for path in ["/", "/kiosk.js", "/api/about", "/api/picture.jpg", "/metrics", "/api/health"] {
        assert_eq!(station.client.get(path).status, 200, "{path}");
    }
    assert_eq!(staff.teach(number, "Known").status, 200);
    assert_eq!(staff.ask("GET", "/export.tar", &json!(null)).status, 200);
    let id =
        Command::new("pgrep").args(["-P", &station.child.id().to_string()]).output().expect("pgrep is there");
    let id = String::from_utf8(id.stdout).expect("a number");
    assert!(Command::new("kill").args(["-INT", id.trim()]).status().expect("kill is there").success());
    let mut station = station;
    station.child.wait().expect("it ends");

    let trace = fs::read_to_string(&trace).expect("strace wrote it down");
    assert!(trace.contains("listen("), "nothing was traced: {trace}");
    let outbound: Vec<&str> = trace.lines().filter(|line| is_outbound(line)).collect();
    assert!(outbound.is_empty(), "{outbound:?}");
    let sockets = trace.lines().filter(|line| line.contains("socket(AF_INET")).count();
    figure(
        "isolation::a_traced_run_asks_nobody_outside",
        &format!(
            "{} calls that have to do with networks, {sockets} socket of its own, 0 outbound",
            trace.lines().count()
        ),
    );
}
