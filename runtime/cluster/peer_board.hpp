// How this node stands to each other one, for whoever shows it: metrics and people. Written by the
// mesh and its peers, read on any thread.
#pragma once
#include "actors/cluster/peer.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace troupe {

class peer_board {
public:
  struct row {
    node_name name;
    std::uint64_t incarnation = 0; // of the newest way
    bool connected = false;
    std::uint64_t ways = 0;                      // that were opened so far
    std::uint64_t failures = 0;                  // to open one
    std::shared_ptr<const peer_figures> figures; // of all ways to that node together
  };

  /// By name.
  std::vector<row> rows() const {
    std::lock_guard<std::mutex> lock{guard_};
    std::vector<row> out;
    for (auto& [name, e] : rows_) {
      out.push_back(e.shown);
      out.back().figures = e.figures;
    }
    return out;
  }

  std::shared_ptr<peer_figures> figures_of(const node_name& name) {
    std::lock_guard<std::mutex> lock{guard_};
    return at(name).figures;
  }
  void opened(const node_name& name, std::uint64_t incarnation) {
    std::lock_guard<std::mutex> lock{guard_};
    auto& shown = at(name).shown;
    shown.incarnation = incarnation;
    shown.connected = true;
    ++shown.ways;
  }
  void lost(const node_name& name) {
    std::lock_guard<std::mutex> lock{guard_};
    at(name).shown.connected = false;
  }
  void failed(const node_name& name) {
    std::lock_guard<std::mutex> lock{guard_};
    ++at(name).shown.failures;
  }

private:
  struct entry {
    row shown;
    std::shared_ptr<peer_figures> figures = std::make_shared<peer_figures>();
  };
  entry& at(const node_name& name) {
    auto& out = rows_[name];
    out.shown.name = name;
    return out;
  }

  mutable std::mutex guard_;
  std::map<node_name, entry> rows_;
};

} // namespace troupe
