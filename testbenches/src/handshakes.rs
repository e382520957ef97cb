//! Handshakes of the two dataflows against each other, which a driver that keeps to the
//! order of a plan never tries: beats offered while they must wait.

use heddle_array::port::{ArrayPort, CycleIn, CycleOut};
use heddle_hdl::ArrayConfig;

/// The array's edge, and what is offered there.
struct Bench<'p> {
    port: &'p mut dyn ArrayPort,
    input: CycleIn,
    output: CycleOut,
    phases: usize,
}

impl Bench<'_> {
    /// One cycle; says whether the beat and the exchange are accepted.
    fn cycle(&mut self) -> Result<(bool, bool), String> {
        let result = self.port.cycle(&self.input, &mut self.output);
        result.map_err(|error| error.to_string())?;
        Ok((self.output.a_ready, self.output.x_ready))
    }

    /// Offers nothing.
    fn rest(&mut self) {
        (self.input.a_valid, self.input.x_valid) = (false, false);
        (self.input.w_valid, self.input.clear) = (false, false);
    }

    /// Repeats cycles until P beats (or exchanges) were accepted.
    fn group(&mut self, what: &str) -> Result<(), String> {
        let mut accepted = 0;
        for _ in 0..4 * self.phases + 4 {
            let (beat, exchange) = self.cycle()?;
            accepted += usize::from(self.input.a_valid && beat);
            accepted += usize::from(self.input.x_valid && exchange);
            if accepted == self.phases {
                self.rest();
                return Ok(());
            }
        }
        Err(format!("{accepted} of {} {what} accepted", self.phases))
    }

    fn beats(&mut self, flush: bool) -> Result<(), String> {
        let input = &mut self.input;
        (input.a_valid, input.a_os, input.a_flush) = (true, true, flush);
        (input.w_valid, input.w_os) = (!flush, true);
        input.a_first = !flush;
        self.group(if flush { "flushes" } else { "first beats" })
    }

    fn seeds(&mut self) -> Result<(), String> {
        (self.input.x_valid, self.input.x_last) = (true, true);
        self.group("exchanges")
    }

    /// A few turns of what must not be accepted.
    fn refused(&mut self, what: &str) -> Result<(), String> {
        for _ in 0..3 * self.phases {
            let (beat, exchange) = self.cycle()?;
            if self.input.a_valid && beat || self.input.x_valid && exchange {
                return Err(format!("accepted: {what}"));
            }
        }
        self.rest();
        Ok(())
    }

    /// Offers a weight-stationary beat that waits for no weights.
    fn offer_beat(&mut self) {
        let input = &mut self.input;
        (input.a_valid, input.a_os, input.a_first) = (true, false, false);
    }
}

/// Offers to an idle array of `config`, which has both dataflows, weight-stationary beats
/// during a run of output-stationary groups, exchanges beside such beats and exchanges to a
/// group that is seeded, and checks that they wait, and not for longer than they must.
/// Nothing is kept. The array is idle afterwards.
///
/// # Errors
/// What was accepted too early or too late.
pub fn check(config: &ArrayConfig, port: &mut dyn ArrayPort) -> Result<(), String> {
    let mut bench = Bench {
        port,
        input: CycleIn::new(config),
        output: CycleOut::new(config),
        phases: config.phases(),
    };
    bench.input.clear = true;
    bench.cycle()?;
    bench.rest();

    // Outside a run a weight-stationary beat goes first.
    for _ in 0..config.phases() {
        bench.offer_beat();
        (bench.input.x_valid, bench.input.x_last) = (true, true);
        if bench.cycle()? != (true, false) {
            return Err("a weight-stationary beat does not go before an exchange".into());
        }
        bench.rest();
    }

    bench.seeds()?;
    bench.input.x_valid = true;
    bench.refused("an exchange to a seeded group")?;
    bench.beats(false)?;
    bench.offer_beat();
    bench.refused("a weight-stationary beat during a run")?;
    bench.seeds()?;
    bench.beats(true)?;
    bench.offer_beat();
    if !bench.cycle()?.0 {
        return Err("a weight-stationary beat waits after the run".into());
    }
    bench.rest();
    // What was put into the held words leaves with the next run's first exchanges, as dead.
    for _ in 0..config.latency() + 8 {
        bench.cycle()?;
    }
    Ok(())
}
