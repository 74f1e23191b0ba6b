"""Starts apigw_bootstrap, whose compiled form Python keeps, unlike that of the file it is started with."""
import apigw_bootstrap

apigw_bootstrap.main()
