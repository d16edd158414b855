// The function pay, which asks the bank of the tests.
package payments

import (
	"fmt"
	"net"
	"os"
)

func pay(task Task, cents int64) (string, error) {
	bank, err := net.Dial("tcp", "127.0.0.1:"+os.Getenv("BANK_PORT"))
	if err != nil {
		return "", err
	}
	defer bank.Close()
	fmt.Fprintln(bank, task.ID, task.Attempt, os.Getpid())
	var word, receipt string
	fmt.Fscan(bank, &word, &receipt)
	switch word {
	case "paid":
		return receipt, nil
	case "away":
		return "", fmt.Errorf("%w: the bank is away", ErrUnavailable)
	}
	return "", fmt.Errorf("the bank answered %s", word)
}
