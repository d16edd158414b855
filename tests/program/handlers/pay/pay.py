def pay(task, cents):
    import os, socket

    with socket.create_connection(("127.0.0.1", int(os.environ["BANK_PORT"]))) as bank:
        bank.sendall(f"{task['task_id']} {task['attempt']} {os.getpid()}\n".encode())
        word, *receipt = bank.makefile().readline().split() or ["nothing"]
    if word == "away":
        raise Unavailable("the bank is away")
    if word != "paid":
        raise OSError(f"the bank answered {word}")
    return receipt[0]
