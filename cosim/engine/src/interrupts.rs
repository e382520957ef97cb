//! Whether each interrupt that was due came, and no other.

/// One look at the engine by the handler of its interrupt: the number of the first job that is not
/// done, before the causes were read and after they were cleared, and the causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// HEAD before.
    pub before: u64,
    /// HEAD after.
    pub after: u64,
    /// A job with irq is done.
    pub done: bool,
    /// A job failed.
    pub error: bool,
}

/// Interrupts, told and not. Jobs that end while an interrupt is served may be told together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interrupts {
    /// Jobs that were to tell their end, and errors.
    pub expected: u64,
    /// Those that did, and those that nobody expected.
    pub seen: u64,
    /// Those that did not.
    pub lost: u64,
    /// What was told without a job that was to tell it.
    pub surplus: u64,
}

/// Accounts for the jobs that tell their end, by number, and for `errors`. Jobs of `failed` asked for an
/// interrupt and failed: besides the error, which has one of its own, they may tell their end or not.
pub fn account(jobs: &[u64], failed: &[u64], errors: u64, services: &[Service]) -> Interrupts {
    let within = |jobs: &[u64], from: u64, to: u64| {
        let within = jobs.iter().filter(|job| (from..to).contains(*job));
        within.count()
    };
    let count = |from: u64, to: u64| within(jobs, from, to);
    let (mut lost, mut surplus) = (0, 0);
    // Jobs before this one are accounted for; some of them may still be told.
    let mut told = 0;
    let mut perhaps = false;
    for service in services {
        let sure = count(told, service.before);
        let meanwhile = count(service.before, service.after);
        match service.done {
            true => {
                let others = within(failed, told, service.after) > 0;
                surplus += u64::from(sure == 0 && meanwhile == 0 && !perhaps && !others);
                perhaps = meanwhile > 0 || within(failed, service.before, service.after) > 0;
                told = service.after;
            }
            false => {
                lost += sure as u64;
                told = told.max(service.before);
                perhaps = false;
            }
        }
    }
    lost += count(told, u64::MAX) as u64;
    let told_errors = services.iter().filter(|service| service.error).count() as u64;
    lost += errors.saturating_sub(told_errors);
    surplus += told_errors.saturating_sub(errors);
    let expected = jobs.len() as u64 + errors;
    Interrupts {
        expected,
        seen: expected - lost + surplus,
        lost,
        surplus,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(before: u64, after: u64, done: bool) -> Service {
        Service {
            before,
            after,
            done,
            error: false,
        }
    }

    fn lost_and_surplus(jobs: &[u64], services: &[Service]) -> (u64, u64) {
        let found = account(jobs, &[], 0, services);
        assert_eq!(found.seen, found.expected - found.lost + found.surplus);
        (found.lost, found.surplus)
    }

    #[test]
    fn each_job_is_told_once() {
        let services = [service(1, 1, true), service(4, 4, true)];
        assert_eq!(lost_and_surplus(&[0, 2, 3], &services), (0, 0));
    }

    #[test]
    fn a_job_that_ends_meanwhile_may_be_told_with_this_one_or_the_next() {
        let now = [service(1, 2, true)];
        assert_eq!(lost_and_surplus(&[0, 1], &now), (0, 0));
        let next = [service(1, 2, true), service(2, 2, true)];
        assert_eq!(lost_and_surplus(&[0, 1], &next), (0, 0));
        // one that came for another reason
        let other = [service(0, 1, false), service(1, 1, true)];
        assert_eq!(lost_and_surplus(&[0], &other), (0, 0));
    }

    #[test]
    fn lost_and_surplus_ones_are_found() {
        assert_eq!(lost_and_surplus(&[0, 1], &[service(1, 1, true)]), (1, 0));
        assert_eq!(lost_and_surplus(&[0], &[service(1, 1, false)]), (1, 0));
        assert_eq!(lost_and_surplus(&[], &[service(1, 1, true)]), (0, 1));
        let twice = [service(1, 1, true), service(1, 1, true)];
        assert_eq!(lost_and_surplus(&[0], &twice), (0, 1));
        assert_eq!(account(&[], &[], 2, &[]).lost, 2);
    }

    #[test]
    fn a_job_that_failed_may_tell_its_end_or_not() {
        for done in [false, true] {
            let services = [Service {
                error: true,
                ..service(1, 1, done)
            }];
            let found = account(&[], &[0], 1, &services);
            assert_eq!((found.lost, found.surplus, found.seen), (0, 0, 1));
        }
    }
}
