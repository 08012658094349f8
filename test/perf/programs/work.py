# Work for the bench: objects, dictionaries, strings, sorting and large integers, as often as the argument says. Prints a checksum.
import sys


class Account:
    def __init__(self, name):
        self.name = name
        self.entries = []

    def add(self, value):
        self.entries.append(value)
        return self

    @property
    def balance(self):
        return sum(self.entries)


def transfers(seed):
    state = seed
    for _ in range(400):
        state = (state * 1103515245 + 12345) % 2147483648
        yield state % 17, state // 17 % 23, state % 1000 / 4


def repetition(seed):
    accounts = {}
    for source, target, value in transfers(seed):
        accounts.setdefault(f"a{source}", Account(f"a{source}")).add(-value)
        accounts.setdefault(f"a{target}", Account(f"a{target}")).add(value)
    order = sorted(accounts.values(), key=lambda account: (account.balance, account.name))
    text = ";".join(f"{account.name}={account.balance:.2f}" for account in order)
    fields = dict(part.split("=") for part in text.split(";"))
    power = pow(3, 200 + seed % 50) % 1000000007
    return (sum(ord(letter) * (place % 7 + 1) for place, letter in enumerate(text)) + len(fields) + power) % 1000000007


total = 0
for number in range(1, int(sys.argv[1]) + 1):
    total = (total * 31 + repetition(number)) % 1000000007
print(total)
