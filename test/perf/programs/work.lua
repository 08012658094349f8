-- Work for the bench: strings, tables, closures, sorting and patterns, as often as the argument says. Prints a checksum.
local repetitions = tonumber(arg[1])

local function words(seed)
  local state, list = seed, {}
  for i = 1, 400 do
    state = (state * 1103515245 + 12345) % 2147483648
    list[i] = string.format("%s%d", ({ "page", "trap", "slot", "hart" })[state % 4 + 1], state % 1000)
  end
  return list
end

local function counter()
  local counts = {}
  return function(word)
    counts[word] = (counts[word] or 0) + 1
    return counts[word]
  end
end

local sum = 0
for repetition = 1, repetitions do
  local list, count = words(repetition), counter()
  table.sort(list)
  for index, word in ipairs(list) do sum = (sum + count(word) * index) % 1000000007 end
  local text = table.concat(list, " ")
  local changed = text:gsub("(%a+)(%d+)", "%2%1")
  for number in changed:gmatch("%d+") do sum = (sum * 31 + tonumber(number)) % 1000000007 end
  local x = 0.5
  for i = 1, 2000 do x = 3.7 * x * (1 - x) + i % 3 * 1e-9 end
  sum = (sum + math.floor(x * 1e6)) % 1000000007
end
print(sum)
