// `troupe cluster certs`: what nodes of one cluster prove themselves to each other with.
#include "runtime/cluster/certificates.hpp"
#include "runtime/commands/commands.hpp"

#include <cstdio>

namespace troupe {

namespace {

int failed(const std::string& why, int status) {
  std::fprintf(stderr, "troupe cluster: %s\n", why.c_str());
  return status;
}

void print(const certificate_request& request, const certificates_made& made) {
  if (made.authority_was_there)
    std::printf("authority  %s/ca.pem, which was there\n", request.folder.c_str());
  for (auto& file : made.files) std::printf("made       %s\n", file.c_str());
  for (auto& node : request.nodes)
    std::printf("\nnode %s is started with\n  --cluster.name=%s --cluster.certificate=%s/%s.pem "
                "--cluster.key=%s/%s.key --cluster.ca=%s/ca.pem\n",
                node.c_str(), node.c_str(), request.folder.c_str(), node.c_str(),
                request.folder.c_str(), node.c_str(), request.folder.c_str());
  std::printf("\nKeep %s/ca.key off the nodes: who has it can make a node.\n",
              request.folder.c_str());
}

} // namespace

int prepare_cluster(const settings& s) {
  if (s.words() != std::vector<std::string>{"certs"}) return failed("say certs", 2);
  certificate_request request;
  request.folder = s.text("dir");
  request.nodes = s.list("node");
  request.hosts = s.list("host");
  request.authority_days = static_cast<int>(s.integer("ca-days"));
  request.node_days = static_cast<int>(s.integer("days"));
  if (request.nodes.empty()) return failed("name a node with --node=NAME, once for each", 2);
  const auto made = make_certificates(request);
  for (auto& file : made.files)
    if (!made.error.empty()) std::printf("made       %s\n", file.c_str());
  if (!made.error.empty()) return failed(made.error, 1);
  print(request, made);
  return 0;
}

} // namespace troupe
