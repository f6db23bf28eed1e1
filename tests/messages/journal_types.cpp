// The journal's messages as they travel.
#include "messages/journal_types.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/deep_to_string.hpp>
#include <gtest/gtest.h>

using namespace troupe;

namespace {

template<class T>
T sent(caf::actor_system& system, T what) {
  std::vector<char> bytes;
  caf::binary_serializer sink{system, bytes};
  EXPECT_FALSE(sink(what));
  T out{};
  caf::binary_deserializer source{system, bytes};
  EXPECT_FALSE(source(out));
  return out;
}

} // namespace

TEST(journal_types, money_travels_exactly) {
  caf::actor_system_config config;
  caf::actor_system system{config};
  const auto most = static_cast<int128>(~static_cast<uint128>(0) >> 1);
  for (const auto units : {int128{0}, int128{1}, int128{-1}, money::max().units(),
                           money::min().units(), most, -most - 1})
    EXPECT_EQ(sent(system, money::from_units(units)), money::from_units(units));
  EXPECT_EQ(caf::deep_to_string(money::from_units(-150'000'000)), "-1.50");
}

TEST(journal_types, a_row_travels_whole) {
  caf::actor_system_config config;
  caf::actor_system system{config};
  account_append request{"acc-1", 4, {}, "snap"};
  journal_row row;
  row.version = 5;
  row.reference = "key:1";
  row.contra = house_account::transit;
  row.amount = money::from_units(-7);
  row.payload = std::string{"\0a", 2};
  row.hash[31] = 255;
  request.rows.push_back(row);
  const auto out = sent(system, request);
  ASSERT_EQ(out.rows.size(), 1u);
  EXPECT_EQ(out.account, "acc-1");
  EXPECT_EQ(out.expected_version, 4u);
  EXPECT_EQ(out.snapshot, "snap");
  EXPECT_EQ(out.rows[0].contra, house_account::transit);
  EXPECT_EQ(out.rows[0].amount, row.amount);
  EXPECT_EQ(out.rows[0].payload, row.payload);
  EXPECT_EQ(out.rows[0].hash, row.hash);
}
