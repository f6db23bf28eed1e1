// The typed interfaces: who may be told what, and what each answers. With types.hpp the only file
// of this floor that knows CAF. Ports are these signatures; an implementation is any actor that
// speaks them.
#pragma once
#include "messages/types.hpp"

#include <caf/typed_actor.hpp>

namespace troupe {

/// Turns the candles of one symbol into predictions and signals. Applies every candle once.
/// Errors: feature_error while warming up, model_not_found before the first model.
using symbol_actor = caf::typed_actor<
    caf::replies_to<candle_batch>::with<batch_applied>,
    caf::replies_to<get_prediction>::with<prediction>,
    caf::replies_to<get_predictions>::with<std::vector<prediction>>, // all of one candle
    caf::replies_to<get_signal>::with<signal>,
    caf::replies_to<get_indicators>::with<indicator_report>,
    caf::replies_to<get_history>::with<std::vector<candle>>,
    caf::replies_to<get_symbol_status>::with<symbol_status>,
    caf::replies_to<get_live_scores>::with<symbol_scores>, caf::reacts_to<model_published>,
    caf::reacts_to<challenger_published>,
    caf::replies_to<caf::flush_atom>::with<std::uint64_t>>; // 0, once all is written

/// Keeps candles and logs. Detached; batches what is queued into one transaction and answers after
/// the commit. Error store_unavailable when the disk refuses; the caller keeps its rows and
/// retries.
using store_actor = caf::typed_actor<
    caf::replies_to<put_candles>::with<put_receipt>, caf::replies_to<put_log>::with<put_receipt>,
    caf::replies_to<get_candles>::with<std::vector<candle>>,
    caf::replies_to<get_signals>::with<signal_page>,
    caf::replies_to<get_open_rows>::with<open_rows>,
    caf::replies_to<get_spans>::with<std::vector<candle_span>>,
    caf::replies_to<apply_retention>::with<std::uint64_t>, // rows deleted
    caf::replies_to<put_note>::with<put_receipt>, caf::replies_to<swap_note>::with<put_receipt>,
    caf::replies_to<get_note>::with<std::string>,
    caf::replies_to<get_store_status>::with<store_status>,
    caf::reacts_to<caf::flush_atom>>; // internal: commits what is queued

/// Writes who was served which signal, behind the answers. `flush_atom` is answered once everything
/// told before it is in the store (0), or with the store's error while that refuses.
using served_log_actor = caf::typed_actor<caf::reacts_to<served_signal>,
                                          caf::replies_to<caf::flush_atom>::with<std::uint64_t>,
                                          caf::reacts_to<caf::tick_atom>>; // internal: try again

/// Brings candles. `watch` connects a symbol: from then on the feed sends it candle_batch requests
/// with open_time > after, in order, at most a few unanswered (the answer is the credit).
/// `get_candles` asks for history that the feed itself can provide (backfill, a gap): ascending,
/// empty when it has none.
using feed_actor =
    caf::typed_actor<caf::reacts_to<watch>, caf::replies_to<get_candles>::with<std::vector<candle>>,
                     caf::replies_to<get_feed_status>::with<feed_status>,
                     caf::reacts_to<caf::tick_atom>>; // internal: the next candle is due

/// Takes what symbols say and carries it to clients. Never answers, never blocks.
using publisher_actor = caf::typed_actor<caf::reacts_to<bulletin_ptr>>;

/// Trains models beside serving, one job at a time per worker, and publishes each new version: at
/// once where none speaks or the one that does learned from clearly less, else as a challenger.
using trainer_actor =
    caf::typed_actor<caf::replies_to<train>::with<job>, caf::replies_to<get_job>::with<job>,
                     caf::replies_to<get_models>::with<std::vector<model_info>>,
                     caf::replies_to<get_trials>::with<std::vector<trial_report>>,
                     caf::replies_to<promote_version>::with<model_roles>,
                     caf::reacts_to<trial_ended>, caf::reacts_to<symbol_started>,
                     caf::reacts_to<wall_clock>>; // when retraining is due is decided from this

} // namespace troupe
