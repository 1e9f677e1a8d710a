from pingxing.cli.main import main

main()
